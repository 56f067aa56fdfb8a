import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { RecordingError, sessionSVG } from '../../build/docs/session-svg.ts';

// The picture of a terminal in the README.

const recording = `
Starting OpenBao

1. Enable the engine

  $ bao secrets enable -path=litellm plugin
  Success! Enabled <it> & more

4. Get a key

  $ bao read litellm/creds/team-a
  key                sk-not-a-real-key-but-as-long-as-one
  ${'x'.repeat(150)}
  ✓ the key works

Nobody revokes anything: a lease runs out

  $ bao read litellm/creds/short-lived

Done. Nothing was left running.
`;

test('the picture shows the steps and nothing else', () => {
  const svg = sessionSVG(recording);
  expect(svg).toContain('>1. Enable the engine<');
  expect(svg).toMatch(/class="command"[^>]*> {2}\$ bao read litellm\/creds\/team-a</);
  expect(svg).toMatch(/class="seen"[^>]*> {2}✓ the key works</);
  for (const other of ['Starting', 'Nobody', 'short-lived', 'Done.']) expect(svg).not.toContain(other);
});

test('the picture has no key, no line that is too long, and no text that is read as markup', () => {
  const svg = sessionSVG(recording);
  expect(svg).toContain('sk-not-…');
  expect(svg).not.toContain('real-key');
  expect(svg).not.toContain('x'.repeat(100));
  expect(svg).toContain('&lt;it&gt; &amp; more');
});

test('a demonstration that did not come to its end is no picture', () => {
  for (const part of ['', 'npm error', recording.replace('Done.', 'Failed.')]) {
    expect(() => sessionSVG(part)).toThrow(RecordingError);
  }
});

test('the picture that is there was made like this, and holds no key', async () => {
  const svg = await Bun.file(join(import.meta.dir, '../../docs/session.svg')).text();
  expect(svg).toContain('<title>A recorded session of npm run demo</title>');
  expect(svg).not.toMatch(/sk-[\w-]{8,}/);
  for (const step of [1, 2, 3, 4, 5]) expect(svg).toContain(`>${step}. `);
});
