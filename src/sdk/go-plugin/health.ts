import type { sendUnaryData, ServerUnaryCall, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { grpc } from '../pb/pb.js';

type HealthCheckRequest = grpc.health.v1.HealthCheckRequest.$Shape;
type HealthCheckResponse = grpc.health.v1.HealthCheckResponse.$Shape;

const { ServingStatus } = grpc.health.v1.HealthCheckResponse;

/** The names that go-plugin asks for: its own, and the whole server. */
const servingNames = new Set(['plugin', '']);

/** The handlers of gRPC's health check; a server that answers is a server that serves. Go: `GRPCServer.Init` in go-plugin. */
export function healthHandlers(): UntypedServiceImplementation {
  return {
    check(
      { request }: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>,
      callback: sendUnaryData<HealthCheckResponse>,
    ) {
      if (servingNames.has(request.service ?? '')) callback(null, { status: ServingStatus.SERVING });
      else callback({ code: status.NOT_FOUND, details: 'unknown service' });
    },
    watch(call: ServerWritableStream<HealthCheckRequest, HealthCheckResponse>) {
      const serving = servingNames.has(call.request.service ?? '');
      call.write({ status: serving ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN });
    },
  };
}
