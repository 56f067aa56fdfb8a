import { describe, expect, test } from 'bun:test';
import {
  CodedError,
  InvalidRequestError,
  LogicalError,
  ReadOnlyError,
  RelativePathError,
  UnsupportedOperationError,
  UnsupportedPathError,
  UserError,
  ValueTooLargeError,
} from '../../../src/sdk/logical/error.ts';

// The texts are Go's, since a host goes by some of them: sdk/logical/error.go.
const cases: readonly { readonly error: LogicalError; readonly name: string; readonly message: string }[] = [
  { error: new UserError('bad'), name: 'UserError', message: 'bad' },
  { error: new CodedError(418, 'teapot'), name: 'CodedError', message: 'teapot' },
  { error: new UnsupportedOperationError(), name: 'UnsupportedOperationError', message: 'unsupported operation' },
  { error: new UnsupportedPathError(), name: 'UnsupportedPathError', message: 'unsupported path' },
  { error: new InvalidRequestError(), name: 'InvalidRequestError', message: 'invalid request' },
  { error: new ReadOnlyError(), name: 'ReadOnlyError', message: 'cannot write to readonly storage' },
  { error: new RelativePathError(), name: 'RelativePathError', message: 'relative paths not supported' },
  {
    error: new ValueTooLargeError('roles/a', 'got 2 MB'),
    name: 'ValueTooLargeError',
    message: '"roles/a" is too large for the storage, and nothing was stored: write less to it (got 2 MB)',
  },
];

describe('faults', () => {
  for (const { error, name, message } of cases) {
    test(`${name} has the name and the text that are known`, () => {
      expect(error).toBeInstanceOf(LogicalError);
      expect({ name: error.name, message: error.message }).toEqual({ name, message });
    });
  }

  test('a coded one keeps its code and its cause', () => {
    const cause = new Error('inner');
    const error = new CodedError(502, 'outer', { cause });
    expect(error).toMatchObject({ code: 502, cause });
  });
});
