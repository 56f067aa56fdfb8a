import { describe, expect, test } from 'bun:test';
import { HostEnvironmentError, isStartedByHost, readHostEnvironment } from '../../../src/sdk/go-plugin/environment.ts';
import { generateHostCertificate } from '../../harness/plugin-host/host-certificate.ts';

const cookie = '6669da05-b1c8-4f49-97d9-c8e5bed98e20';
const { certPem } = generateHostCertificate();
const good = { PLUGIN_CLIENT_CERT: certPem, PLUGIN_PROTOCOL_VERSIONS: '5', TMPDIR: '/tmp/of-test' };

describe('isStartedByHost', () => {
  const cases = [
    { environment: {}, expected: false },
    { environment: { VAULT_BACKEND_PLUGIN: cookie }, expected: true },
    { environment: { BAO_BACKEND_PLUGIN: cookie }, expected: true },
    { environment: { VAULT_BACKEND_PLUGIN: '' }, expected: false },
    { environment: { VAULT_BACKEND_PLUGIN: `${cookie} ` }, expected: false },
    { environment: { PLUGIN: cookie }, expected: false },
  ];
  for (const { environment, expected } of cases) {
    test(`${JSON.stringify(environment)}: ${expected}`, () => {
      expect(isStartedByHost(environment)).toBe(expected);
    });
  }
});

describe('the folder for sockets', () => {
  const cases = [
    { name: 'the one that the host names', more: { PLUGIN_UNIX_SOCKET_DIR: '/run/host' }, expected: '/run/host' },
    { name: 'TMPDIR', more: {}, expected: '/tmp/of-test' },
    {
      name: 'TMPDIR, when the host names an empty one',
      more: { PLUGIN_UNIX_SOCKET_DIR: '' },
      expected: '/tmp/of-test',
    },
    { name: '/tmp, without any', more: { TMPDIR: undefined }, expected: '/tmp' },
    { name: '/tmp, with an empty TMPDIR', more: { TMPDIR: '' }, expected: '/tmp' },
  ];
  for (const { name, more, expected } of cases) {
    test(name, () => {
      expect(readHostEnvironment({ ...good, ...more }).socketDir).toBe(expected);
    });
  }
});

describe('the group', () => {
  test('is passed on', () => {
    expect(readHostEnvironment({ ...good, PLUGIN_UNIX_SOCKET_GROUP: '1234' })).toMatchObject({ socketGroup: '1234' });
  });

  for (const group of [undefined, '']) {
    test(`${JSON.stringify(group)} is none`, () => {
      expect(readHostEnvironment({ ...good, PLUGIN_UNIX_SOCKET_GROUP: group })).not.toHaveProperty('socketGroup');
    });
  }
});

describe('PLUGIN_PROTOCOL_VERSIONS', () => {
  const cases = [
    { versions: undefined, served: true },
    { versions: '', served: true },
    { versions: '5', served: true },
    { versions: '4,5', served: true },
    { versions: '4', served: false },
    { versions: '3,4', served: false },
    { versions: '55', served: false },
    { versions: '15,50', served: false },
  ];
  for (const { versions, served } of cases) {
    test(`${JSON.stringify(versions)} is ${served ? 'served' : 'refused'}`, () => {
      const read = () => readHostEnvironment({ ...good, PLUGIN_PROTOCOL_VERSIONS: versions });
      if (served) expect(read().clientCert).toBe(certPem);
      else expect(read).toThrow(HostEnvironmentError);
    });
  }
});

describe('PLUGIN_MULTIPLEX_GRPC', () => {
  for (const value of ['1', 't', 'T', 'true', 'TRUE', 'True']) {
    test(`${value} asks for it`, () => {
      expect(readHostEnvironment({ ...good, PLUGIN_MULTIPLEX_GRPC: value }).multiplex).toBe(true);
    });
  }
  for (const value of [undefined, '', '0', 'false', 'F']) {
    test(`${JSON.stringify(value)} does not`, () => {
      expect(readHostEnvironment({ ...good, PLUGIN_MULTIPLEX_GRPC: value }).multiplex).toBe(false);
    });
  }
});

describe('PLUGIN_CLIENT_CERT', () => {
  for (const value of [undefined, '', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    test(`${JSON.stringify(value)} is refused, and named`, () => {
      const read = () => readHostEnvironment({ ...good, PLUGIN_CLIENT_CERT: value });
      expect(read).toThrow(HostEnvironmentError);
      expect(read).toThrow(/PLUGIN_CLIENT_CERT/);
    });
  }
});
