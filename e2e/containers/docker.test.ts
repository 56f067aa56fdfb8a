import { describe, expect, test } from 'bun:test';
import { DockerError, whyNoDocker } from './docker.ts';

describe('the reason that Docker gives is', () => {
  const cases: readonly (readonly [name: string, said: string, reason: string])[] = [
    ['its last line', 'Pulling a\nno such host\n\n', 'no such host'],
    ['not where to read on', "no such command\n\nRun 'docker --help' for more information\n", 'no such command'],
    [
      'not that there was one',
      'ERROR: for a  b\nEncountered errors while bringing up the project.\n',
      'ERROR: for a  b',
    ],
    ['missed where it says nothing', '\n', 'it said nothing'],
  ];
  for (const [name, said, reason] of cases) {
    test(name, () => expect(new DockerError('pull', said).message).toBe(`docker pull: ${reason}`));
  }
});

test('only on Linux can a container run what the machine builds, in its network', async () => {
  for (const platform of ['darwin', 'win32'] as const)
    expect(await whyNoDocker(platform)).toStartWith('only on Linux ');
});
