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
  /** The record at an offset. A 64-bit field that JavaScript cannot hold exactly is a RangeError. */
  read(bytes: Uint8Array, offset: number): Values<Fields>;
  /** Overwrites the fields that are given; the others stay. */
  write(bytes: Uint8Array, offset: number, values: Partial<Values<Fields>>): void;
  /** A whole record as bytes of its own. */
  bytes(values: Values<Fields>): Uint8Array<ArrayBuffer>;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function readNumber(view: DataView, at: number, width: Width): number {
  switch (width) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true);
    case 4:
      return view.getUint32(at, true);
    case 8: {
      const value = view.getBigUint64(at, true);
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`0x${value.toString(16)} is beyond any file`);
      return Number(value);
    }
  }
}

function writeNumber(view: DataView, at: number, width: Width, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * width)) {
    throw new RangeError(`${value} does not fit into ${width} bytes`);
  }
  switch (width) {
    case 1:
      return view.setUint8(at, value);
    case 2:
      return view.setUint16(at, value, true);
    case 4:
      return view.setUint32(at, value, true);
    case 8:
      return view.setBigUint64(at, BigInt(value), true);
  }
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
  const write = (bytes: Uint8Array, offset: number, values: Partial<Values<Fields>>): void => {
    const view = viewOf(bytes);
    for (const { name, width, at } of places) {
      const value = values[name];
      if (value !== undefined) writeNumber(view, offset + at, width, value);
    }
  };
  return {
    size,
    read(bytes, offset) {
      const view = viewOf(bytes);
      const values = places.map(({ name, width, at }) => [name, readNumber(view, offset + at, width)]);
      return Object.fromEntries(values) as Values<Fields>;
    },
    write,
    bytes(values) {
      const bytes = new Uint8Array(size);
      write(bytes, 0, values);
      return bytes;
    },
  };
}
