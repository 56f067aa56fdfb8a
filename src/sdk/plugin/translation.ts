import Long from 'long';
import type { LeaseOptions } from '../logical/lease-options.ts';
import type { Request } from '../logical/request.ts';
import type { Response } from '../logical/response.ts';
import type { Secret } from '../logical/secret.ts';
import type { Storage } from '../logical/storage.ts';
import type { pb } from '../pb/pb.js';
import { secondsFromWire, secondsToWire } from './duration.ts';

/** A message from the host that can't be understood. Never shows the text: a secret may be in it. */
export class TranslationError extends Error {
  override readonly name = 'TranslationError';
}

/** A request as the host sends it. Throws {@link TranslationError}. Go: `ProtoRequestToLogicalRequest`. */
export function requestFromWire(wire: pb.Request.$Shape, storage: Storage, signal: AbortSignal): Request {
  return {
    id: wire.id ?? '',
    operation: wire.operation ?? '',
    path: wire.path ?? '',
    data: parseObject(wire.dataJson, "the request's data"),
    ...(wire.secret ? { secret: secretFromWire(wire.secret) } : {}),
    storage,
    mountPoint: wire.mountPoint ?? '',
    mountType: wire.mountType ?? '',
    mountAccessor: wire.mountAccessor ?? '',
    displayName: wire.displayName ?? '',
    entityId: wire.entityId ?? '',
    signal,
  };
}

/**
 * A response for the host. `now` replaces an issue time that the backend left out. Go:
 * `LogicalResponseToProtoResponse`.
 */
export function responseToWire(response: Response, now: Date): pb.Response.$Shape {
  return {
    ...(response.secret ? { secret: secretToWire(response.secret, now) } : {}),
    dataJson: JSON.stringify(response.data ?? null),
    warnings: [...(response.warnings ?? [])],
  };
}

function secretFromWire(wire: pb.Secret.$Shape): Secret {
  return {
    ...leaseOptionsFromWire(wire.leaseOptions ?? {}),
    internalData: parseObject(wire.internalDataJson, "the secret's internal data"),
  };
}

function secretToWire(secret: Secret, now: Date): pb.Secret.$Shape {
  return {
    leaseOptions: {
      ttl: secondsToWire(secret.ttl),
      maxTtl: secondsToWire(secret.maxTTL),
      renewable: secret.renewable,
      increment: secondsToWire(secret.increment),
      issueTime: timeToWire(secret.issueTime ?? now),
    },
    internalDataJson: JSON.stringify(secret.internalData),
  };
}

function leaseOptionsFromWire(wire: pb.LeaseOptions.$Shape): LeaseOptions {
  return {
    ttl: secondsFromWire(wire.ttl),
    maxTTL: secondsFromWire(wire.maxTtl),
    renewable: wire.renewable ?? false,
    increment: secondsFromWire(wire.increment),
    ...(wire.issueTime ? { issueTime: timeFromWire(wire.issueTime) } : {}),
  };
}

const nanosecondsPerMillisecond = 1_000_000;

function timeFromWire(wire: pb.Timestamp.$Shape): Date {
  return new Date((wire.seconds?.toNumber() ?? 0) * 1000 + (wire.nanos ?? 0) / nanosecondsPerMillisecond);
}

function timeToWire(date: Date): pb.Timestamp.$Shape {
  const milliseconds = date.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds: Long.fromNumber(seconds), nanos: (milliseconds - seconds * 1000) * nanosecondsPerMillisecond };
}

function parseObject(text: string | null | undefined, what: string): Record<string, unknown> {
  if (!text) return {};
  let value: unknown;
  try {
    value = parseJSON(text);
  } catch {
    throw new TranslationError(`${what} is not JSON`);
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new TranslationError(`${what} is not a JSON object`);
  return value as Record<string, unknown>;
}

/** Only a number with such an exponent, or so many zeros, can be too small for a double. */
const maySinkToZero = /[eE]-[0-9]{3}|0\.0{300}/;

/** A number that a double holds only as 0 stays a text: 0 may mean "no limit", which nobody wrote. */
function parseJSON(text: string): unknown {
  if (!maySinkToZero.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
    value === 0 && /^-?[0.]*[1-9]/.test(context?.source ?? '') ? context?.source : value,
  ) as unknown;
}
