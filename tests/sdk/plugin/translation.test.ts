import { describe, expect, test } from 'bun:test';
import Long from 'long';
import type { Response } from '../../../src/sdk/logical/response.ts';
import { requestFromWire, responseToWire, TranslationError } from '../../../src/sdk/plugin/translation.ts';
import { pb } from '../../../src/sdk/pb/pb.js';
import { MemoryStorage } from '../../harness/memory-storage.ts';

const storage = new MemoryStorage();
const { signal } = new AbortController();
const now = new Date('2026-01-02T03:04:05.678Z');

/** What arrives of a request after a trip over the wire. */
function received(request: pb.Request.$Shape) {
  return requestFromWire(pb.Request.decode(pb.Request.encode(request).finish()), storage, signal);
}

/** What a host gets of a response. */
function sent(response: Response): pb.Response.$Shape {
  return pb.Response.decode(pb.Response.encode(responseToWire(response, now)).finish());
}

describe('a request', () => {
  test('with nothing in it has texts that are empty and no secret', () => {
    expect(received({})).toEqual({
      id: '',
      operation: '',
      path: '',
      data: {},
      storage,
      mountPoint: '',
      mountType: '',
      mountAccessor: '',
      displayName: '',
      entityId: '',
      signal,
    });
  });

  test('keeps a number that a double holds only as 0 as its text', () => {
    const small = `0.${'0'.repeat(400)}1`;
    const dataJson = `{"a":1e-400,"b":[-1.5E-999,${small}],"c":0e-400,"d":1e-300,"e":"1e-400","__proto__":1e-400}`;
    const { data } = received({ dataJson });
    expect(JSON.stringify(data)).toBe(
      `{"a":"1e-400","b":["-1.5E-999","${small}"],"c":0,"d":1e-300,"e":"1e-400","__proto__":"1e-400"}`,
    );
  });

  test('arrives with every field', () => {
    const request = received({
      id: 'id-1',
      operation: 'renew',
      path: 'creds/a',
      dataJson: '{"a":[1,null,"ü"]}',
      displayName: 'token',
      entityId: 'entity',
      mountPoint: 'litellm/',
      mountType: 'type',
      mountAccessor: 'accessor',
      secret: {
        internalDataJson: '{"secret_type":"t"}',
        leaseOptions: {
          ttl: Long.fromString('36000000000000000'),
          maxTtl: Long.fromString('36000000999999999'),
          renewable: true,
          increment: Long.fromString('60000000000'),
          issueTime: { seconds: Long.fromNumber(1_767_323_045), nanos: 678_900_000 },
        },
      },
    });
    expect(request).toMatchObject({
      id: 'id-1',
      operation: 'renew',
      path: 'creds/a',
      data: { a: [1, null, 'ü'] },
      displayName: 'token',
      entityId: 'entity',
      mountPoint: 'litellm/',
      mountType: 'type',
      mountAccessor: 'accessor',
      secret: {
        internalData: { secret_type: 't' },
        ttl: 36_000_000,
        maxTTL: 36_000_000,
        renewable: true,
        increment: 60,
        issueTime: now,
      },
    });
  });

  test('with an empty secret has a lease of nothing', () => {
    expect(received({ secret: {} }).secret).toEqual({
      ttl: 0,
      maxTTL: 0,
      renewable: false,
      increment: 0,
      internalData: {},
    });
  });

  for (const json of ['', 'null', '{}']) {
    test(`"${json}" is no data`, () => {
      expect(received({ dataJson: json }).data).toEqual({});
    });
  }

  for (const json of ['{', 'sk-test-not-a-real-key', '[]', '"text"', '1', 'true']) {
    test(`${json} is refused without showing it`, () => {
      const refused = [() => received({ dataJson: json }), () => received({ secret: { internalDataJson: json } })];
      for (const receive of refused) {
        expect(receive).toThrow(TranslationError);
        expect(receive).not.toThrow(/sk-test/);
      }
      expect(refused[0]).toThrow(/the request's data/);
      expect(refused[1]).toThrow(/the secret's internal data/);
    });
  }
});

describe('a response', () => {
  test('without data says null, since a host refuses an empty text', () => {
    expect(sent({})).toMatchObject({ dataJson: 'null', warnings: [] });
  });

  test('has data as JSON and its warnings', () => {
    const { dataJson, warnings, secret } = sent({ data: { a: 'ü', b: [1] }, warnings: ['one', 'two'] });
    expect(JSON.parse(dataJson ?? '')).toEqual({ a: 'ü', b: [1] });
    expect(warnings).toEqual(['one', 'two']);
    expect(secret ?? undefined).toBeUndefined();
  });

  const secret = { ttl: 36_000_000, maxTTL: 36_000_001, renewable: true, increment: 7, internalData: { a: 1 } };
  const times: readonly {
    readonly name: string;
    readonly issueTime?: Date;
    readonly seconds: string;
    readonly nanos: number;
  }[] = [
    { name: 'now, where it is left open', seconds: '1767323045', nanos: 678_000_000 },
    { name: 'what it is', issueTime: new Date(1_000), seconds: '1', nanos: 0 },
    { name: 'what it is, before 1970 too', issueTime: new Date(-1), seconds: '-1', nanos: 999_000_000 },
  ];
  for (const { name, issueTime, seconds, nanos } of times) {
    test(`has a secret whose issue time is ${name}`, () => {
      const wire = sent({ secret: { ...secret, ...(issueTime ? { issueTime } : {}) } }).secret;
      expect(wire?.internalDataJson).toBe('{"a":1}');
      const { ttl, maxTtl, renewable, increment, issueTime: issued } = wire?.leaseOptions ?? {};
      expect({
        ttl: String(ttl),
        maxTtl: String(maxTtl),
        renewable,
        increment: String(increment),
        seconds: String(issued?.seconds),
        nanos: issued?.nanos,
      }).toEqual({
        ttl: '36000000000000000',
        maxTtl: '36000001000000000',
        renewable: true,
        increment: '7000000000',
        seconds,
        nanos,
      });
    });
  }
});
