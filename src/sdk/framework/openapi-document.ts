import type { DisplayAttributes } from './field-schema.ts';

// The parts of OpenAPI 3.0.2 that describe a backend, with the extensions that Vault knows.
// Go: `OASDocument` and its like in sdk/framework/openapi.go.

/** A whole document. */
export interface OASDocument {
  readonly openapi: '3.0.2';
  readonly info: {
    readonly title: string;
    readonly description: string;
    readonly version: string;
    readonly license: { readonly name: string; readonly url: string };
  };
  readonly paths: Record<string, OASPathItem>;
  readonly components: { readonly schemas: Record<string, OASSchema> };
}

/** What can be done with one path. */
export interface OASPathItem {
  readonly description?: string;
  readonly parameters?: readonly OASParameter[];
  readonly 'x-vault-sudo'?: true;
  readonly 'x-vault-unauthenticated'?: true;
  readonly 'x-vault-createSupported'?: true;
  readonly 'x-vault-displayAttrs'?: DisplayAttributes;
  readonly get?: OASOperation;
  readonly post?: OASOperation;
  readonly patch?: OASOperation;
  readonly delete?: OASOperation;
}

/** One method of a path. */
export interface OASOperation {
  readonly summary?: string;
  readonly description?: string;
  readonly operationId: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly OASParameter[];
  readonly requestBody?: { readonly required: true; readonly content: OASContent };
  readonly responses: Readonly<Record<number, OASResponse>>;
  readonly deprecated?: true;
}

/** A parameter in the path or the query. */
export interface OASParameter {
  readonly name: string;
  readonly description?: string;
  readonly in: 'path' | 'query';
  readonly schema: OASSchema;
  readonly required?: true;
  readonly deprecated?: true;
}

/** An answer to an operation. */
export interface OASResponse {
  readonly description: string;
  readonly content?: OASContent;
}

/** Schemas by media type. */
export type OASContent = Readonly<Record<string, { readonly schema: OASSchema }>>;

/** The form of a value. */
export interface OASSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, OASSchema>>;
  readonly additionalProperties?: true;
  readonly required?: readonly string[];
  readonly items?: OASSchema;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly example?: unknown;
  readonly nullable?: true;
  readonly deprecated?: true;
  readonly 'x-vault-displayAttrs'?: DisplayAttributes;
}
