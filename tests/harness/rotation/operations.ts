import { hashKey, type StoredKey } from '../litellm/stored-key.ts';
import type { LiteLLMServerOptions } from '../litellm-server.ts';
import { isStored, type MountAnswer, type MountUnderTest, succeeded } from './mount-under-test.ts';

/** Something that makes, replaces or ends a key that we keep, and that a crash may meet half way. */
export interface Operation {
  readonly name: string;
  readonly litellm?: LiteLLMServerOptions;
  /** Whether LiteLLM itself ends the former key, so that what is stored may not work before the recovery. */
  readonly replaces?: boolean;
  /** Brings a new mount to where the operation begins. @throws MountFailure */
  prepare(mount: MountUnderTest, config: Readonly<Record<string, unknown>>): Promise<void>;
  /** Does it. */
  act(mount: MountUnderTest, config: Readonly<Record<string, unknown>>): Promise<MountAnswer>;
  /**
   * What is wrong with what is stored: whatever has happened in the middle, it works at once, unless the operation
   * `replaces`. Says nothing of what else LiteLLM has.
   */
  faultsOfStored(mount: MountUnderTest): Promise<readonly string[]>;
  /** What LiteLLM has that it should not, and lacks, once all is finished or undone. */
  leftovers(mount: MountUnderTest): Promise<readonly string[]>;
  /** What is wrong when it is done again, to its end: that has to succeed, and to leave just one value. */
  faultsOfRepetition(mount: MountUnderTest): Promise<readonly string[]>;
}

const roleName = 'app';
const staticRole = `static-roles/${roleName}`;
const staticCreds = `static-creds/${roleName}`;
const probe = 'probe';
const model = 'gpt-4o';
const overlapSeconds = 3600;

async function configured(mount: MountUnderTest, more: Readonly<Record<string, unknown>>): Promise<void> {
  const { url, masterKey } = mount.litellm;
  succeeded('config', await mount.write('config', { base_url: url, master_key: masterKey, ...more }));
  succeeded('the role', await mount.write(`roles/${probe}`, { models: model, ttl: 60 }));
}

const bootstrap = async (mount: MountUnderTest, more: Readonly<Record<string, unknown>>): Promise<MountAnswer> => {
  const { url, masterKey } = mount.litellm;
  return await mount.write('config', { base_url: url, master_key: masterKey, bootstrap: true, ...more });
};

const described = ({ keyAlias, tokenId, blocked, expires }: StoredKey): string =>
  `${keyAlias ?? 'a key without alias'} (${tokenId.slice(0, 8)}${blocked === true ? ', blocked' : ''}${expires === null ? '' : `, until ${expires.toISOString()}`})`;

/** Complains of every key but those. */
function onlyThese({ litellm }: MountUnderTest, tokenIds: readonly unknown[]): readonly string[] {
  const missing = tokenIds.filter((id) => litellm.keys.find(String(id)) === undefined);
  return [
    ...litellm.keys
      .all()
      .flatMap((key) => (tokenIds.includes(key.tokenId) ? [] : [`left in LiteLLM: ${described(key)}`])),
    ...missing.map((id) => `not in LiteLLM: the key that is stored (${String(id).slice(0, 8)})`),
  ];
}

/** Whether the stored credential makes keys. */
async function rootFaults(mount: MountUnderTest): Promise<readonly string[]> {
  const { data } = await mount.read('config');
  const kept = mount.litellm.keys.find(String(data['master_key_token_id']));
  if (kept === undefined) return ['the stored credential is not in LiteLLM'];
  succeeded('the role', await mount.write(`roles/${probe}`, { models: model, ttl: 60 }));
  const issued = await mount.read(`creds/${probe}`);
  if (!issued.ok) return [`the stored credential makes no key: ${issued.message}`];
  mount.litellm.keys.forget(String(issued.data['token_id']));
  return [];
}

const rootLeftovers = async (mount: MountUnderTest): Promise<readonly string[]> =>
  onlyThese(mount, [(await mount.read('config')).data['master_key_token_id']]);

type Config = Readonly<Record<string, unknown>>;

const outsider = 'outside-admin';

/** Stores an administrator's key that the mount has not made. */
async function configuredByHand(mount: MountUnderTest, config: Config): Promise<void> {
  const { litellm } = mount;
  const answer = await fetch(`${litellm.url}/key/generate`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${litellm.masterKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ user_id: outsider, key_alias: outsider }),
  });
  const { key } = (await answer.json()) as { readonly key: string };
  succeeded('config', await mount.write('config', { base_url: litellm.url, master_key: key, ...config }));
}

function rotateRoot(
  name: string,
  prepare: (mount: MountUnderTest, config: Config) => Promise<void>,
  litellm: LiteLLMServerOptions = {},
): Operation {
  return {
    name,
    replaces: litellm.licenseType !== undefined,
    litellm: { adminUserIds: [outsider], ...litellm },
    prepare,
    act: (mount) => mount.write('rotate-root', {}),
    faultsOfStored: rootFaults,
    leftovers: rootLeftovers,
    async faultsOfRepetition(mount) {
      const { data: before } = await mount.read('config');
      const again = await mount.write('rotate-root', {});
      if (!again.ok) return [`it cannot be done again: ${again.message}`];
      const { data } = await mount.read('config');
      if (data['master_key_token_id'] === before['master_key_token_id']) return ['done again, it changes nothing'];
      return [...(await rootFaults(mount)), ...(await rootLeftovers(mount))];
    },
  };
}

const bootstrapping: Operation = {
  name: 'bootstrap',
  prepare: async () => undefined,
  act: bootstrap,
  faultsOfStored: async (mount) => ((await isStored(mount, 'config')) ? await rootFaults(mount) : []),
  leftovers: async (mount) => ((await isStored(mount, 'config')) ? await rootLeftovers(mount) : onlyThese(mount, [])),
  async faultsOfRepetition(mount) {
    if (!(await isStored(mount, 'config'))) {
      const again = await bootstrap(mount, {});
      if (!again.ok) return [`it cannot be done again: ${again.message}`];
    }
    return [...(await rootFaults(mount)), ...(await rootLeftovers(mount))];
  },
};

const staticRoleFields = { models: model, rotation_period: '24h' };

/** Whether `static-creds` answers a value that works, where the role is there. */
async function staticFaults(mount: MountUnderTest, mayBeGone: boolean): Promise<readonly string[]> {
  if (!(await isStored(mount, staticRole))) return mayBeGone ? [] : ['the static role is gone'];
  const { ok, data, message } = await mount.read(staticCreds);
  // Half deleted, as it says: nothing is answered that does not work.
  if (!ok) return mayBeGone && message.includes('half deleted') ? [] : [`no value is answered: ${message}`];
  return [...staticKeyFaults(mount, data), ...(await chatFaults(mount, data['key']))];
}

function staticKeyFaults({ litellm }: MountUnderTest, data: MountAnswer['data']): readonly string[] {
  const stored = litellm.keys.find(hashKey(String(data['key'])));
  if (stored === undefined) return ['the stored value is not in LiteLLM'];
  return [
    ...(stored.tokenId === data['token_id'] ? [] : ['the stored value and its token_id do not belong together']),
    ...(stored.expires === null ? [] : ['the stored value has an end']),
    ...(stored.models.includes(model) ? [] : ['the stored value may not call what the role says']),
  ];
}

async function chatFaults({ litellm }: MountUnderTest, key: unknown): Promise<readonly string[]> {
  const answer = await fetch(`${litellm.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${String(key)}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await answer.text();
  return answer.status === 200 ? [] : [`LiteLLM answers ${answer.status} to the stored value`];
}

/**
 * Once all is settled: the current key with the role's alias, and with an overlap former ones with their ends. An engine whose
 * plugin dies asks it the same once more, so that there may have been two rotations.
 */
async function staticLeftovers(mount: MountUnderTest, overlap: boolean): Promise<readonly string[]> {
  if (!(await isStored(mount, staticRole))) return onlyThese(mount, []);
  const { ok, data } = await mount.read(staticCreds);
  // Half deleted: its key is to be there until it is deleted again.
  if (!ok) return [];
  const { litellm } = mount;
  const current = litellm.keys.find(String(data['token_id']));
  const latest = Date.now() + overlapSeconds * 1000 + 5000;
  const former = litellm.keys
    .all()
    .filter(({ tokenId, expires }) => tokenId !== current?.tokenId && expires !== null && expires.getTime() < latest);
  const kept = overlap ? former.map(({ tokenId }) => tokenId) : [];
  return [
    ...onlyThese(mount, [data['token_id'], ...kept]),
    ...(current === undefined || current.keyAlias === data['key_alias']
      ? []
      : [`the current key is called ${current.keyAlias}, and not ${String(data['key_alias'])}`]),
  ];
}

function staticOperation(
  name: string,
  {
    fields = {},
    act,
    mayBeGone = false,
  }: {
    readonly fields?: Readonly<Record<string, unknown>>;
    readonly act: 'create' | 'rotate' | 'delete';
    readonly mayBeGone?: boolean;
  },
): Operation {
  const overlap = Object.hasOwn(fields, 'rotation_overlap');
  const create = (mount: MountUnderTest): Promise<MountAnswer> =>
    mount.write(staticRole, { ...staticRoleFields, ...fields });
  const leftovers = (mount: MountUnderTest): Promise<readonly string[]> => staticLeftovers(mount, overlap);
  const acts = {
    create,
    rotate: (mount: MountUnderTest) => mount.write(`rotate-role/${roleName}`, {}),
    delete: (mount: MountUnderTest) => mount.remove(staticRole),
  };
  return {
    name,
    async prepare(mount, config) {
      await configured(mount, config);
      if (act === 'create') return;
      succeeded('the static role', await create(mount));
      if (act === 'delete' && overlap) succeeded('rotate-role', await acts.rotate(mount));
    },
    act: acts[act],
    faultsOfStored: (mount) => staticFaults(mount, mayBeGone),
    leftovers,
    async faultsOfRepetition(mount) {
      const before = (await mount.read(staticCreds)).data['token_id'];
      const again = await acts[act](mount);
      if (!again.ok) return [`it cannot be done again: ${again.message}`];
      if (act === 'delete') return onlyThese(mount, []);
      const after = (await mount.read(staticCreds)).data['token_id'];
      const changed = act === 'rotate' && before === after ? ['done again, it changes nothing'] : [];
      // A former key of the case's own may be there beside the latest.
      const others = overlap ? [] : await leftovers(mount);
      return [...changed, ...(await staticFaults(mount, false)), ...others];
    },
  };
}

/** Those of which each is something else. */
export const mainOperations: readonly Operation[] = [
  bootstrapping,
  rotateRoot('rotate-root', async (mount, config) => {
    succeeded('bootstrap', await bootstrap(mount, config));
  }),
  rotateRoot('rotate-root by /key/regenerate', configuredByHand, { licenseType: 'enterprise' }),
  staticOperation('making a static role', { act: 'create', mayBeGone: true }),
  staticOperation('rotate-role', { act: 'rotate' }),
  staticOperation('rotate-role with an overlap', {
    act: 'rotate',
    fields: { rotation_overlap: overlapSeconds },
  }),
  staticOperation('deleting a static role', { act: 'delete', mayBeGone: true }),
];

/** All of them. */
export const operations: readonly Operation[] = [
  ...mainOperations,
  rotateRoot('rotate-root of a key from outside', configuredByHand),
  staticOperation('deleting a static role with a former key', {
    act: 'delete',
    mayBeGone: true,
    fields: { rotation_overlap: overlapSeconds },
  }),
];
