import { resolve } from 'node:path';
import { sessionSVG } from './session-svg.ts';

// Draws what `just demo` prints, which comes on standard input, into docs/session.svg: `just session`.

const recording = await Bun.stdin.text();
await Bun.write(resolve(import.meta.dir, '../../docs/session.svg'), sessionSVG(recording));
