// What testcontainers would start beside a container, to clean up after a test that was killed, is an image of its own.
process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
// Nothing is published, and a Docker without a network of its own has no gateway to be found.
process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';

export { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';
