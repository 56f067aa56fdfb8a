import { defineFields } from '../../sdk/framework/field-schema.ts';
import { string } from '../../sdk/framework/field-type.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { type Response, withWarnings } from '../../sdk/logical/response.ts';
import { answeringMistakes } from '../fault/user-mistake.ts';
import { operationPrefix } from '../fields/documentation.ts';
import { onIssuingNode } from '../keys/issuing-node.ts';
import type { AutoRoot } from './auto-root.ts';

/** The paths that rotate the mount's own key. The host demands `sudo` for them. */
export const rotateRootPaths = ['rotate-root', 'config/rotate-root'] as const;

const rotatedFields = defineFields({
  key_alias: { type: string, description: 'Alias of the new key.' },
  token_id: { type: string, description: 'Its sha256, by which LiteLLM knows it.' },
  last_vault_rotation: { type: string, description: 'When it was stored.' },
});

/** Rotate the key in `config`, by either name. */
export const pathsRotateRoot = (root: Pick<AutoRoot, 'rotate'>): readonly Path[] => [
  pathRotateRoot('rotate-root', 'root-credential', root),
  pathRotateRoot('config/rotate-root', 'configured-root-credential', root),
];

const pathRotateRoot = (
  pattern: (typeof rotateRootPaths)[number],
  operationSuffix: string,
  root: Pick<AutoRoot, 'rotate'>,
): Path =>
  definePath({
    pattern,
    fields: {},
    operations: {
      update: {
        callback: (req: Request): Promise<Response | undefined> =>
          answeringMistakes(async () => {
            const { keyAlias, tokenId, rotatedAt, warnings } = await root.rotate(req);
            const data = { key_alias: keyAlias, token_id: tokenId, last_vault_rotation: rotatedAt };
            return withWarnings({ data }, warnings);
          }),
        summary: 'Replace the key in config by a new one, and end the former.',
        responses: { 200: { description: 'The new key, without its value.', fields: rotatedFields } },
        displayAttrs: { operationVerb: 'rotate', operationSuffix },
        ...onIssuingNode,
      },
    },
    displayAttrs: { operationPrefix },
    refusesUnknownFields: true,
    helpSynopsis: 'Rotate the key in config.',
    helpDescription:
      'LiteLLM makes a key of the same administrator with the same rights and limits, which is verified and stored. Then the ' +
      "former one is ended, once no call uses it any more. Nobody sees the new key. The proxy's own master key cannot be " +
      'rotated: write config with bootstrap=true first. Needs sudo.',
  });
