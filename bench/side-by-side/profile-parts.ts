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

/** What a part of a read is for. */
export const purposes = [
  'the call to LiteLLM',
  'the connection to the engine',
  'the secrets engine',
  'Bun itself',
] as const;
type Purpose = (typeof purposes)[number];

/** Microseconds of a read that go to one part. */
export interface ProfilePart {
  readonly purpose: Purpose;
  readonly part: string;
  readonly micros: number;
}

/** Whose work a frame is, by its file; the first that fits. */
const owners: readonly (readonly [RegExp, Purpose, string])[] = [
  [/node_modules\/ky\//, 'the call to LiteLLM', 'ky'],
  [/src\/litellm\/transport/, 'the call to LiteLLM', 'fetch of Bun'],
  [/src\/litellm\//, 'the call to LiteLLM', 'deadline, turn, checks'],
  [/node_modules\/valibot\//, 'the secrets engine', 'valibot'],
  [/src\/engine\//, 'the secrets engine', 'role, lease, key'],
  [/src\/sdk\/(?:framework|logical)\//, 'the secrets engine', 'framework: router, fields'],
  [/src\/sdk\/pb\/|node_modules\/(?:protobufjs|@protobufjs|long)\//, 'the secrets engine', 'protobuf'],
  [/src\/sdk\/plugin\/garbage/, 'Bun itself', 'garbage collections that the plugin asks for'],
  [/src\/sdk\/plugin\//, 'the secrets engine', 'requests and answers: JSON, translation'],
  [/src\/sdk\/go-plugin\//, 'the connection to the engine', 'watch over the connection'],
  [/node_modules\/@grpc\//, 'the connection to the engine', 'grpc-js'],
  [/node:(?:http2|internal\/http2)|http2/, 'the connection to the engine', 'node:http2'],
  [/node:(?:tls|net|stream|_stream|internal\/streams)|streams?\b/, 'the connection to the engine', 'TLS and streams'],
];
type Owner = readonly [Purpose, string];
const others = ['Bun itself', 'the rest'] as const;
const beside = ['Bun itself', 'other threads: collection, compilation'] as const;

/**
 * A read's processor time by what it is for. A native function counts for the file that called it; what the process has taken
 * beyond the JavaScript thread's time stands by itself. `total` is in microseconds a read.
 */
export function partsOf({ nodes, samples, timeDeltas }: Profile, reads: number, total: number): readonly ProfilePart[] {
  const parents = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ownerOf = (sample: number): Owner | undefined => {
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame === undefined || /^\((?:idle|program|root)\)$/.test(frame.functionName)) continue;
      const owner = owners.find(([file]) => file.test(frame.url));
      if (owner !== undefined) return [owner[1], owner[2]];
    }
    const name = byId.get(sample)?.callFrame.functionName ?? '';
    return /^\((?:idle|root)\)$/.test(name) ? undefined : others;
  };
  // While the thread waits for something no sample is taken, and the time counts for none.
  const sorted = timeDeltas.toSorted((a, b) => a - b);
  const longest = 2 * (sorted[Math.floor(sorted.length / 2)] ?? 0);
  const known = new Map<number, Owner | undefined>();
  const micros = new Map<string, { readonly owner: Owner; micros: number }>();
  for (const [index, sample] of samples.entries()) {
    if (!known.has(sample)) known.set(sample, ownerOf(sample));
    const owner = known.get(sample);
    if (owner === undefined) continue;
    const sum = micros.get(owner.join()) ?? { owner, micros: 0 };
    sum.micros += Math.min(timeDeltas[index] ?? 0, longest) / reads;
    micros.set(owner.join(), sum);
  }
  const parts = [...micros.values()].map(({ owner, micros: one }) => partOf(owner, one));
  const onThread = parts.reduce((sum, one) => sum + one.micros, 0);
  if (total > onThread) parts.push(partOf(beside, total - onThread));
  return parts.toSorted((a, b) => b.micros - a.micros);
}

function partOf([purpose, part]: Owner, micros: number): ProfilePart {
  return { purpose, part, micros };
}
