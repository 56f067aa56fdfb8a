// Turns proto/ into src/sdk/pb/: pb.js and pb.d.ts (messages and their codecs, by protobufjs) and services.ts (every
// service as grpc-js wants it described). Nothing of it is committed.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import pbjs from 'protobufjs-cli/pbjs.js';

const root = join(import.meta.dir, '..');
const protoFolder = join(root, 'proto');
const outFolder = join(root, 'src/sdk/pb');
const scratchFolder = `${outFolder}.${process.pid}`;
const protoFiles = readdirSync(protoFolder)
  .filter((name) => name.endsWith('.proto'))
  .toSorted()
  .map((name) => join(protoFolder, name));

const pbjsFlags = [
  ...['--target', 'static-module', '--wrap', 'esm', '--dts', '--force-long'],
  ...['--no-service', '--no-delimited', '--no-typeurl', '--no-verify', '--no-convert', '--no-create'],
];

/** Writes pb.js and pb.d.ts. */
function generateMessages(): Promise<void> {
  return new Promise((resolve, reject) => {
    pbjs.main([...pbjsFlags, '--path', protoFolder, '--out', join(scratchFolder, 'pb.js'), ...protoFiles], (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Every service below a namespace, depth first. */
function servicesIn(namespace: protobuf.NamespaceBase): protobuf.Service[] {
  return namespace.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Service) return [nested];
    return nested instanceof protobuf.Namespace ? servicesIn(nested) : [];
  });
}

/** `HandleRequest` becomes `handleRequest`, `GRPCBroker` becomes `grpcBroker`. */
const camelCase = (name: string): string =>
  name.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z])/, (head) => head.toLowerCase());
const qualifiedName = (object: protobuf.ReflectionObject): string => object.fullName.slice(1);

/** One method as a property of a grpc-js service definition. */
function methodSource(service: protobuf.Service, method: protobuf.Method): string {
  const [request, response] = [method.resolvedRequestType, method.resolvedResponseType].map((type) => {
    if (type === null) throw new Error(`${method.fullName} names a message that is not declared`);
    return qualifiedName(type);
  });
  return `  ${camelCase(method.name)}: method<$root.${request}.$Shape, $root.${response}.$Shape>(
    '/${qualifiedName(service)}/${method.name}', ${method.requestStream ?? false}, ${method.responseStream ?? false}, $root.${request}, $root.${response}),`;
}

const servicesHead = `// Generated from proto/ by build/proto.ts. Do not edit.
import type { MethodDefinition } from '@grpc/grpc-js';
import * as $root from './pb.js';

interface Codec<Shape> {
  encode(message: Shape): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Shape;
}

function method<Request, Response>(
  path: string,
  requestStream: boolean,
  responseStream: boolean,
  request: Codec<Request>,
  response: Codec<Response>,
): MethodDefinition<Request, Response> {
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: (message) => Buffer.from(request.encode(message).finish()),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => Buffer.from(response.encode(message).finish()),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}
`;

/** Writes services.ts. */
function generateServices(): void {
  // Not `load`: it takes the files in the order in which they happen to be read, and every build would differ.
  const reflection = protobuf.loadSync(protoFiles);
  const services = servicesIn(reflection.resolveAll()).map((service) => {
    const methods = service.methodsArray.map((method) => methodSource(service, method.resolve() as protobuf.Method));
    return `/** The service \`${qualifiedName(service)}\`. */\nexport const ${camelCase(service.name)}Service = {\n${methods.join('\n')}\n};\n`;
  });
  writeFileSync(join(scratchFolder, 'services.ts'), [servicesHead, ...services].join('\n'));
}

mkdirSync(scratchFolder, { recursive: true });
try {
  await generateMessages();
  generateServices();
  rmSync(outFolder, { recursive: true, force: true });
  renameSync(scratchFolder, outFolder);
} finally {
  rmSync(scratchFolder, { recursive: true, force: true });
}
