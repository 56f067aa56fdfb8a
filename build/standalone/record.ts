// Fixed-size records of little-endian unsigned numbers, which is what every table of an ELF file consists of.

/** Width of a field in bytes. */
export type Width = 1 | 2 | 4 | 8;

type Widths = Readonly<Record<string, Width>>;

/** The values of a record's fields. */
type Values<Fields extends Widths> = { readonly [Name in keyof Fields]: number };

/** How a kind of record lies in bytes. */
export interface RecordLayout<Fields extends Widths> {
  /** Size of one record in bytes. */
  readonly size: number;
  /** The record at an offset. A 64-bit field that JavaScript cannot hold exactly is a RangeError, and so is one beyond the end. */
  read(bytes: Uint8Array, offset: number): Values<Fields>;
  /** Overwrites the fields that are given; the others stay. */
  write(bytes: Uint8Array, offset: number, values: Partial<Values<Fields>>): void;
}

function readNumber(bytes: Uint8Array, at: number, width: Width): number {
  const digits = bytes.subarray(at, at + width);
  const value = digits.reduceRight((higher, digit) => higher * 256 + digit, 0);
  if (digits.length === width && Number.isSafeInteger(value)) return value;
  throw new RangeError(`${width} bytes at ${at} are no number that any file has`);
}

function writeNumber(bytes: Uint8Array, at: number, width: Width, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * width)) {
    throw new RangeError(`${value} does not fit into ${width} bytes`);
  }
  bytes.set(
    Array.from({ length: width }, (_, index) => Math.floor(value / 256 ** index) % 256),
    at,
  );
}

/** What a layout's records hold. */
export type RecordOf<Layout> = Layout extends RecordLayout<infer Fields> ? Values<Fields> : never;

/** A record whose fields follow each other without gaps, in the order in which they are named. */
export function defineRecord<const Fields extends Widths>(fields: Fields): RecordLayout<Fields> {
  let size = 0;
  const places = Object.entries(fields).map(([name, width]) => {
    const place = { name, width, at: size };
    size += width;
    return place;
  });
  return {
    size,
    read(bytes, offset) {
      const values = places.map(({ name, width, at }) => [name, readNumber(bytes, offset + at, width)]);
      return Object.fromEntries(values) as Values<Fields>;
    },
    write(bytes, offset, values) {
      for (const { name, width, at } of places) {
        const value = values[name];
        if (value !== undefined) writeNumber(bytes, offset + at, width, value);
      }
    },
  };
}
