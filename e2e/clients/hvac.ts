import { resolve } from 'node:path';
import { PythonError, pythonPackage, requirePython, type PythonPackage } from '../../build/python.ts';
import { runProgram } from '../../build/run-program.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import { objectOf, type Json } from '../harness/engine-api.ts';

/** The hvac that the suite is written against, and the oldest Python that it runs on. */
const hvac: PythonPackage = { name: 'hvac', version: '2.4.0', least: [3, 8] };

/** hvac was refused something. */
export class HvacError extends Error {
  override readonly name = 'HvacError';

  constructor(code: number, said: string) {
    super(`python3 ended with ${code}, saying: ${said.trim().slice(-500) || 'nothing'}`);
  }
}

/** Why hvac cannot be had with the python3 on the PATH; undefined where it is worth trying. */
export async function whyNoHvac(): Promise<string | undefined> {
  try {
    await requirePython(hvac.name, hvac.least);
    return undefined;
  } catch (error) {
    if (error instanceof PythonError) return error.message;
    throw error;
  }
}

/** Runs hvac_client.py, which tells what it takes; hvac is fetched first where it is not there yet. @throws HvacError */
export async function runHvac(
  server: EngineServer,
  ...words: readonly string[]
): Promise<Readonly<Record<string, Json>>> {
  const { code, stdout, stderr } = await runProgram(
    ['python3', '-B', resolve(import.meta.dir, 'hvac_client.py'), ...words],
    {
      env: {
        ...process.env,
        PYTHONPATH: await pythonPackage(hvac),
        VAULT_ADDR: server.address,
        VAULT_TOKEN: server.rootToken,
      },
      timeout: 120_000,
    },
  );
  if (code !== 0) throw new HvacError(code, stderr);
  return objectOf(JSON.parse(stdout) as Json);
}
