import { engineDocument } from './document.ts';
import { DocsError, writePages } from './pages.ts';

// Writes the tables of paths and fields into docs/: `just docs`.

try {
  const written = await writePages(await engineDocument());
  console.log(written.length === 0 ? 'docs/ is as the code is.' : `Written: ${written.join(', ')}`);
} catch (error) {
  if (!(error instanceof DocsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
