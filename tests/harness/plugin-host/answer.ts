import type { pb } from '../../../src/sdk/pb/pb.js';

/** A fault as the wire tells it. */
export interface WireFault {
  readonly type: number;
  readonly message: string;
  readonly code: number;
}

/** What a plugin answered to a request. */
export interface Answer {
  /** Undefined when there was no response; null when its data are. */
  readonly data: Readonly<Record<string, unknown>> | null | undefined;
  /** The message, when the data are an error and nothing else: the user's mistake. */
  readonly mistake: string | undefined;
  readonly warnings: readonly string[];
  readonly secret: pb.Secret.$Shape | undefined;
  readonly fault: WireFault | undefined;
}

/** Reads a reply as a host does. Go: `ProtoResponseToLogicalResponse`. */
export function answerFromWire({ response, err }: pb.HandleRequestReply.$Shape): Answer {
  const data = response ? parseData(response.dataJson ?? '') : undefined;
  const only = data && Object.keys(data).length === 1 ? data['error'] : undefined;
  return {
    data,
    mistake: typeof only === 'string' ? only : undefined,
    warnings: response?.warnings ?? [],
    secret: response?.secret ?? undefined,
    fault: faultFromWire(err),
  };
}

/** Reads a fault; none has type 0 and no text. */
export function faultFromWire(err: pb.ProtoError.$Shape | null | undefined): WireFault | undefined {
  if (!err) return undefined;
  return { type: err.errType ?? 0, message: err.errMsg ?? '', code: err.errCode?.toNumber() ?? 0 };
}

function parseData(text: string): Record<string, unknown> | null {
  // A host refuses an empty text.
  if (text === '') throw new Error("the response's data are an empty text and not JSON");
  return JSON.parse(text) as Record<string, unknown> | null;
}
