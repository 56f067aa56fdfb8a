import type { ListedKey } from '../../litellm/key.ts';
import { originOf } from './key-origin.ts';

/** A key and what it has spent. */
export interface KeySpend {
  readonly key_alias: string;
  readonly entity_id: string;
  readonly display_name: string;
  readonly spend: number;
}

/** Who asked for keys, and what these have spent. */
export interface OwnerSpend {
  readonly entity_id: string;
  readonly display_name: string;
  readonly key_count: number;
  readonly spend: number;
}

/** What the live keys of a role have spent, in US dollars. */
export interface RoleUsage {
  readonly keyCount: number;
  readonly blockedCount: number;
  readonly totalSpend: number;
  readonly largestKeys: readonly KeySpend[];
  readonly largestOwners: readonly OwnerSpend[];
}

const mostShown = 10;

/** Adds up what keys have spent, and finds the ten that have spent most, and the ten owners. */
export function roleUsage(keys: readonly ListedKey[]): RoleUsage {
  const spends = keys.map(keySpend);
  const owners = Map.groupBy(spends, ownerOf);
  return {
    keyCount: keys.length,
    blockedCount: keys.filter(({ blocked }) => blocked).length,
    totalSpend: sum(spends),
    largestKeys: largest(spends),
    largestOwners: largest([...owners.values()].flatMap(ownerSpend)),
  };
}

function keySpend(key: ListedKey): KeySpend {
  const { entityId, displayName } = originOf(key);
  return { key_alias: key.alias ?? '', entity_id: entityId, display_name: displayName, spend: key.spend ?? 0 };
}

/** An entity has a display name for each of its logins; a token without an entity has only that. */
function ownerOf({ entity_id, display_name }: KeySpend): string {
  return entity_id === '' ? `name:${display_name}` : `entity:${entity_id}`;
}

function ownerSpend(keys: readonly KeySpend[]): readonly OwnerSpend[] {
  const [first] = keys;
  if (first === undefined) return [];
  const { entity_id, display_name } = first;
  return [{ entity_id, display_name, key_count: keys.length, spend: sum(keys) }];
}

function largest<T extends { readonly spend: number }>(all: readonly T[]): readonly T[] {
  return all.toSorted((a, b) => b.spend - a.spend).slice(0, mostShown);
}

/** Tenths of a billionth of a dollar are less than any call costs, and more than the error of adding floats. */
function sum(spends: readonly { readonly spend: number }[]): number {
  return Number(spends.reduce((total, { spend }) => total + spend, 0).toFixed(10));
}
