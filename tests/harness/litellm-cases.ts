import { about } from './litellm-cases/about.ts';
import { access } from './litellm-cases/access.ts';
import { admins } from './litellm-cases/admins.ts';
import { blockAndDelete } from './litellm-cases/block-and-delete.ts';
import { life } from './litellm-cases/life.ts';
import { limits } from './litellm-cases/limits.ts';
import { listing } from './litellm-cases/listing.ts';
import { owners } from './litellm-cases/owners.ts';
import { params } from './litellm-cases/params.ts';
import { rejected } from './litellm-cases/rejected.ts';
import { rotation } from './litellm-cases/rotation.ts';
import { update } from './litellm-cases/update.ts';
import { standInVersion } from './litellm-version.ts';
import type { LiteLLMCase } from './litellm-cases/litellm-case.ts';

/** What the engine relies on, seen on LiteLLM 1.106.2; runs against the stand-in and against a real proxy. */
export const litellmCases: readonly LiteLLMCase[] = [
  ...about,
  ...life,
  ...update,
  ...blockAndDelete,
  ...access,
  ...limits,
  ...rejected,
  ...listing,
  ...rotation,
  ...admins,
  ...[...params, ...owners].map((one) => ({ ...one, from: standInVersion })),
];
