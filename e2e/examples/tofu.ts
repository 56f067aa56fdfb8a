import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { kept } from '../../build/cache.ts';
import { buildGo } from '../../build/go-program.ts';

/** OpenTofu, and the provider that it is to use. */
export interface Tofu {
  readonly program: string;
  /** The folder with the provider of `hashicorp/vault`. */
  readonly providerFolder: string;
}

/**
 * OpenTofu and HashiCorp's provider for Vault in the versions that the go.mod files beside this name, built once with Go (some four minutes)
 * and kept in the user's cache folder. The provider is 1.9.0: Go knows no later one as a module.
 * @throws GoBuildError
 */
export async function findTofu(): Promise<Tofu> {
  const provider = 'terraform-provider-vault';
  const tofu = await built('tofu', 'github.com/opentofu/opentofu/cmd/tofu');
  return {
    program: join(tofu, 'tofu'),
    providerFolder: await built(provider, `github.com/terraform-providers/${provider}`),
  };
}

/** The folder with the program of this name that the module in the folder of this name requires. */
async function built(name: string, packageName: string): Promise<string> {
  const module = join(import.meta.dir, name);
  const sums = await Bun.file(join(module, 'go.sum')).text();
  return await kept(`${name}-${Bun.hash(sums).toString(16)}`, async (target, scratch) => {
    await mkdir(target);
    await buildGo({ module, package: packageName, target: join(target, name), scratch });
  });
}
