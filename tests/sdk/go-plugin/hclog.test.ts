import { expect, test } from 'bun:test';
import { createHclogLogger } from '../../../src/sdk/go-plugin/hclog.ts';

function written(act: (logger: ReturnType<typeof createHclogLogger>) => void): readonly string[] {
  const lines: string[] = [];
  act(
    createHclogLogger(
      (line) => void lines.push(line),
      () => new Date('2026-01-02T03:04:05.006Z'),
      'my-plugin',
    ),
  );
  return lines;
}

test('a line is one JSON object with what the host looks for', () => {
  const [line = ''] = written((logger) => logger.log('warn', 'something', { count: 3, on: true, name: 'x' }));
  expect(line).toEndWith('}\n');
  expect(JSON.parse(line)).toEqual({
    '@level': 'warn',
    '@message': 'something',
    '@module': 'my-plugin',
    '@timestamp': '2026-01-02T03:04:05.006000Z',
    count: 3,
    on: true,
    name: 'x',
  });
});

test('a message of several lines stays on one', () => {
  const [line = ''] = written((logger) => logger.log('error', 'one\ntwo\r\n', { trace: 'a\nb' }));
  expect(line.trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(line)).toMatchObject({ '@message': 'one\ntwo\r\n', trace: 'a\nb' });
});

test('a field does not pass for what the host looks for', () => {
  const [line = ''] = written((logger) => logger.log('info', 'true', { '@level': 'error', '@message': 'false' }));
  expect(JSON.parse(line)).toMatchObject({ '@level': 'info', '@message': 'true' });
});
