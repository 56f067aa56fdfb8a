import { describe, expect, test } from 'bun:test';
import {
  CodedError,
  InvalidRequestError,
  ReadOnlyError,
  RelativePathError,
  UnsupportedOperationError,
  UnsupportedPathError,
  UserError,
  ValueTooLargeError,
} from '../../../src/sdk/logical/error.ts';
import { errorToWire } from '../../../src/sdk/plugin/error-translation.ts';
import { StorageError } from '../../../src/sdk/plugin/storage-client.ts';
import { pb } from '../../../src/sdk/pb/pb.js';

// The numbers and texts are Go's: ErrToProtoErr and ProtoErrToErr in sdk/plugin/pb/translation.go.
const cases: readonly {
  readonly error: unknown;
  readonly type: number;
  readonly text: string;
  readonly code?: number;
}[] = [
  { error: new Error('broke'), type: 0, text: 'broke' },
  { error: new ReadOnlyError(), type: 0, text: 'cannot write to readonly storage' },
  { error: new StorageError('Vault is sealed'), type: 0, text: 'Vault is sealed' },
  { error: new RelativePathError(), type: 0, text: 'relative paths not supported' },
  { error: new ValueTooLargeError('a', 'b'), type: 3, text: new ValueTooLargeError('a', 'b').message, code: 400 },
  { error: new UserError('bad input'), type: 1, text: 'bad input' },
  { error: new CodedError(502, 'bad gateway'), type: 3, text: 'bad gateway', code: 502 },
  { error: new UnsupportedOperationError(), type: 5, text: 'unsupported operation' },
  { error: new UnsupportedPathError(), type: 6, text: 'unsupported path' },
  { error: new InvalidRequestError(), type: 7, text: 'invalid request' },
  { error: new TypeError('odd', { cause: new UserError('inner') }), type: 0, text: 'odd' },
  { error: 'a text', type: 0, text: 'a text' },
  { error: undefined, type: 0, text: 'undefined' },
];

describe('faults on the wire', () => {
  for (const { error, type, text, code = 0 } of cases) {
    test(`${String(error)} is type ${type}`, () => {
      const decoded = pb.ProtoError.decode(pb.ProtoError.encode(errorToWire(error)).finish());
      expect({ type: decoded.errType, text: decoded.errMsg, code: Number(decoded.errCode) }).toEqual({
        type,
        text,
        code,
      });
    });
  }
});
