/** What is read of a `.cpuprofile`. */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly children?: readonly number[];
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** Microseconds of a read that go to one part. */
export interface ProfilePart {
  readonly part: string;
  readonly micros: number;
}

/** Whose work a frame is, by its file; the first that fits. */
const owners: readonly (readonly [RegExp, string])[] = [
  [/node_modules\/ky\//, 'the call to LiteLLM: ky'],
  [/src\/litellm\/transport/, 'the call to LiteLLM: fetch of Bun'],
  [/src\/litellm\//, 'the call to LiteLLM: deadline, turn, checks'],
  [/node_modules\/valibot\//, 'valibot'],
  [/src\/engine\//, 'the engine: role, lease, key'],
  [/src\/sdk\/(?:framework|logical)\//, 'the framework: router, fields'],
  [/src\/sdk\/pb\/|node_modules\/(?:protobufjs|@protobufjs|long)\//, 'protobuf'],
  [/src\/sdk\/plugin\/garbage/, 'garbage collections that we ask for'],
  [/src\/sdk\/plugin\//, 'requests and answers: JSON, translation'],
  [/src\/sdk\/go-plugin\//, 'the connection to the engine: our watch over it'],
  [/node_modules\/@grpc\//, 'the connection to the engine: grpc-js'],
  [/node:(?:http2|internal\/http2)|http2/, 'the connection to the engine: node:http2'],
  [/node:(?:tls|net|stream|_stream|internal\/streams)|streams?\b/, 'the connection to the engine: TLS and streams'],
];
const others = "the rest of Bun's own on this thread";
const beside = 'beside this thread: garbage collection, compilation, sockets';

/**
 * A read's processor time by what it is for. A native function counts for the file that called it; what the process has taken
 * beyond the JavaScript thread's time stands by itself. `total` is in microseconds a read.
 */
export function partsOf({ nodes, samples, timeDeltas }: Profile, reads: number, total: number): readonly ProfilePart[] {
  const parents = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ownerOf = (sample: number): string | undefined => {
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame === undefined || /^\((?:idle|program|root)\)$/.test(frame.functionName)) continue;
      const owner = owners.find(([file]) => file.test(frame.url));
      if (owner !== undefined) return owner[1];
    }
    const name = byId.get(sample)?.callFrame.functionName ?? '';
    return /^\((?:idle|root)\)$/.test(name) ? undefined : others;
  };
  // While the thread waits for something no sample is taken, and the time counts for none.
  const sorted = timeDeltas.toSorted((a, b) => a - b);
  const longest = 2 * (sorted[Math.floor(sorted.length / 2)] ?? 0);
  const known = new Map<number, string | undefined>();
  const micros = new Map<string, number>();
  for (const [index, sample] of samples.entries()) {
    if (!known.has(sample)) known.set(sample, ownerOf(sample));
    const owner = known.get(sample);
    if (owner !== undefined)
      micros.set(owner, (micros.get(owner) ?? 0) + Math.min(timeDeltas[index] ?? 0, longest) / reads);
  }
  const onThread = [...micros.values()].reduce((sum, one) => sum + one, 0);
  const parts = [...micros].map(([part, one]): ProfilePart => ({ part, micros: one }));
  if (total > onThread) parts.push({ part: beside, micros: total - onThread });
  return parts.toSorted((a, b) => b.micros - a.micros);
}
