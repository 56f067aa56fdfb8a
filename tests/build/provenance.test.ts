import { describe, expect, test } from 'bun:test';
import { makeProvenance } from '../../build/provenance.ts';
import { PythonError, pythonPackage } from '../../build/python.ts';

const build = {
  plugin: { name: 'some-plugin', version: '1.2.3' },
  tag: 'v1.2.3',
  commit: '0123456789abcdef0123456789abcdef01234567',
  source: 'https://somebody:not-a-real-token@forge.example.com/somebody/some-plugin.git',
  files: [{ name: 'some-plugin-linux-x64', sha256: 'ab'.repeat(32) }],
  lock: 'cd'.repeat(32),
  environment: {
    CI_SYSTEM_URL: 'https://ci.example.com',
    CI_PIPELINE_URL: 'https://ci.example.com/repos/1/pipeline/2',
  },
} as const;

const inToto = { name: 'in-toto-attestation', version: '0.9.3', least: [3, 9] } as const;

/** in-toto's own checks of a statement; and its predicate has nothing but what the schema of SLSA's has, and what that requires. */
const validate = `
import sys
from google.protobuf.json_format import Parse, ParseDict, MessageToDict
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
message = Parse(sys.stdin.read(), StatementMessage())
Statement.copy_from_pb(message).validate()
predicate = ParseDict(MessageToDict(message.predicate), Provenance())
for dependency in predicate.build_definition.resolved_dependencies:
    ResourceDescriptor.copy_from_pb(dependency).validate()
assert predicate.build_definition.build_type and len(predicate.build_definition.external_parameters)
assert predicate.run_details.builder.id
`;

async function checked(statement: string): Promise<string> {
  const folder = await pythonPackage(inToto);
  const child = Bun.spawn(['python3', '-c', validate], {
    env: { ...process.env, PYTHONPATH: folder },
    stdin: new Blob([statement]),
    stderr: 'pipe',
  });
  const [code, said] = await Promise.all([child.exited, child.stderr.text()]);
  return code === 0 ? 'valid' : said;
}

describe('the provenance of a release', () => {
  test('names the files, the commit and the pipeline', () => {
    expect(JSON.parse(makeProvenance(build))).toMatchObject({
      subject: [{ name: 'some-plugin-linux-x64', digest: { sha256: build.files[0].sha256 } }],
      predicate: {
        buildDefinition: {
          externalParameters: { tag: 'v1.2.3' },
          resolvedDependencies: expect.arrayContaining([
            {
              uri: 'git+https://forge.example.com/somebody/some-plugin.git@refs/tags/v1.2.3',
              digest: { gitCommit: build.commit },
            },
          ]),
        },
        runDetails: {
          builder: { id: 'https://ci.example.com' },
          metadata: { invocationId: 'https://ci.example.com/repos/1/pipeline/2' },
        },
      },
    });
  });

  const sources = [
    ['git@forge.example.com:somebody/some-plugin.git', 'git+ssh://forge.example.com/somebody/some-plugin.git'],
    ['ssh://git@forge.example.com:2222/some-plugin.git', 'git+ssh://forge.example.com:2222/some-plugin.git'],
    ['/srv/some-plugin.git', 'git+file:///srv/some-plugin.git'],
  ] as const;
  for (const [source, uri] of sources) {
    test(`tells of ${source} without who clones it`, () => {
      expect(makeProvenance({ ...build, source })).toContain(`"${uri}@refs/tags/v1.2.3"`);
    });
  }
});

const missing = await pythonPackage(inToto).catch((error: unknown) => error);
if (missing instanceof PythonError) {
  console.log(`NOT RUN with in-toto's own checks: ${missing.message}`);
} else {
  describe("in-toto's own checks", () => {
    test('pass for a pipeline, and for a build by hand', async () => {
      expect(await checked(makeProvenance(build))).toBe('valid');
      expect(await checked(makeProvenance({ ...build, source: undefined, environment: {} }))).toBe('valid');
    });
    test('fail without a builder, and with a field that the schema lacks', async () => {
      const statement = makeProvenance(build);
      expect(await checked(statement.replace('"id": "https://ci.example.com"', '"id": ""'))).toContain(
        'AssertionError',
      );
      expect(await checked(statement.replace('"buildType"', '"builtBy"'))).toContain('no field named "builtBy"');
    });
  });
}
