import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test';
import { EventEmitter } from 'node:events';
import { Broker, BrokerTimeoutError } from '../../../src/sdk/go-plugin/broker.ts';

/** The host's side of the stream, as grpc-js hands it over. */
class FakeStream extends EventEmitter {
  ended = false;
  readonly written: unknown[] = [];

  write(message: unknown): void {
    this.written.push(message);
  }

  end(): void {
    this.ended = true;
  }

  announce(serviceId: number, address: string, network = 'unix'): void {
    this.emit('data', { serviceId, network, address });
  }
}

function openStream(broker: Broker): FakeStream {
  const stream = new FakeStream();
  const { startStream } = broker.handlers();
  (startStream as unknown as (call: FakeStream) => void)(stream);
  return stream;
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('an announcement', () => {
  test('that came before it was asked for', async () => {
    const broker = new Broker();
    openStream(broker).announce(7, '/tmp/seven');
    expect(await broker.announcement(7)).toEqual({ network: 'unix', address: '/tmp/seven' });
  });

  test('that comes after it was asked for', async () => {
    const broker = new Broker();
    const stream = openStream(broker);
    const announcement = broker.announcement(7);
    stream.announce(7, '/tmp/seven');
    expect(await announcement).toEqual({ network: 'unix', address: '/tmp/seven' });
  });

  test('that comes after it was asked for, on a stream that was not open then', async () => {
    const broker = new Broker();
    const announcement = broker.announcement(7);
    openStream(broker).announce(7, '127.0.0.1:1234', 'tcp');
    expect(await announcement).toEqual({ network: 'tcp', address: '127.0.0.1:1234' });
  });

  test('is told apart from others by its number, whatever the order', async () => {
    const broker = new Broker();
    const stream = openStream(broker);
    stream.announce(3, '/tmp/three');
    const one = broker.announcement(1);
    const three = broker.announcement(3);
    stream.announce(2, '/tmp/two');
    stream.announce(1, '/tmp/one');
    expect((await three).address).toBe('/tmp/three');
    expect((await one).address).toBe('/tmp/one');
    expect((await broker.announcement(2)).address).toBe('/tmp/two');
  });

  test('with every field left out is that of number 0', async () => {
    const broker = new Broker();
    openStream(broker).emit('data', {});
    expect(await broker.announcement(0)).toEqual({ network: '', address: '' });
  });

  test('is waited for as long as 5 s', async () => {
    const broker = new Broker();
    const stream = openStream(broker);
    const announcement = broker.announcement(7);
    jest.advanceTimersByTime(4_999);
    stream.announce(7, '/tmp/seven');
    expect((await announcement).address).toBe('/tmp/seven');
    expect(jest.getTimerCount()).toBe(0);
  });

  test('that does not come within 5 s is an error that names it', async () => {
    const broker = new Broker();
    const announcement = broker.announcement(7).catch((error: unknown) => error);
    jest.advanceTimersByTime(5_000);
    const error = await announcement;
    expect(error).toBeInstanceOf(BrokerTimeoutError);
    expect((error as Error).message).toContain('within 5 s where its service 7 listens');
  });

  test('that came too late is there for the next one to ask', async () => {
    const broker = new Broker();
    const stream = openStream(broker);
    const late = broker.announcement(7).catch(() => 'late');
    jest.advanceTimersByTime(5_000);
    expect(await late).toBe('late');
    stream.announce(7, '/tmp/again');
    expect((await broker.announcement(7)).address).toBe('/tmp/again');
  });
});

describe('the stream', () => {
  const settled = async (promise: Promise<void>) =>
    await Promise.race([promise.then(() => true), Promise.resolve(false)]);

  test('connects the broker when it is opened', async () => {
    const broker = new Broker();
    expect(await settled(broker.connected)).toBe(false);
    openStream(broker);
    await broker.connected;
    expect(await settled(broker.lost)).toBe(false);
  });

  for (const event of ['end', 'error', 'cancelled']) {
    test(`is lost at "${event}"`, async () => {
      const broker = new Broker();
      const stream = openStream(broker);
      stream.emit(event, new Error('test'));
      await broker.lost;
      expect(stream.ended).toBe(event === 'end');
    });
  }
});

describe('a knock', () => {
  test('asks for the next stream, and is over when the host says so', async () => {
    const broker = new Broker();
    const stream = openStream(broker);
    const knocked = broker.knock(7);
    expect(stream.written).toEqual([{ serviceId: 7, knock: { knock: true } }]);
    stream.emit('data', { serviceId: 7, knock: { knock: true, ack: true } });
    await knocked;
  });

  test("fails with the host's reason", async () => {
    const broker = new Broker();
    const stream = openStream(broker);
    const knocked = broker.knock(7);
    stream.emit('data', { serviceId: 7, knock: { knock: true, ack: true, error: 'no such listener' } });
    expect(await knocked.catch(String)).toBe('Error: the host does not open its service 7: no such listener');
  });

  test('that nobody answers fails in time', async () => {
    const broker = new Broker();
    openStream(broker);
    const knocked = broker.knock(7).catch((error: unknown) => error);
    jest.advanceTimersByTime(5_000);
    expect(await knocked).toBeInstanceOf(BrokerTimeoutError);
  });
});

test('who knows where the host listens is asked in its place', async () => {
  const broker = new Broker();
  broker.findBy(async (serviceId) => ({ network: 'unix', address: `/tmp/${serviceId}` }));
  expect(await broker.announcement(7)).toEqual({ network: 'unix', address: '/tmp/7' });
});
