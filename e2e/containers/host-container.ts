import { GenericContainer } from 'testcontainers';
import { sessionLabel } from './docker.ts';

// What testcontainers would start beside a container, to clean up after a test that was killed, is an image of its own.
process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
// Nothing is published, and a Docker without a network of its own has no gateway to be found.
process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';

/** A container on the host's network, to be started: it carries the label of a session, by which it is removed in the end. */
export function hostContainer(image: string, session = process.env['E2E_SESSION'] ?? ''): GenericContainer {
  return new GenericContainer(image)
    .withNetworkMode('host')
    .withAutoRemove(false)
    .withLabels({ [sessionLabel]: session });
}
