import { createServer } from 'node:http';
import type { CertificateCheck } from './broker/certificate-check.ts';
import type { Broker } from './broker/broker.ts';
import { startDataDoor } from './broker/data-door.ts';
import { HANDSHAKE_TIMEOUT_MS, startDeviceDoor } from './broker/device-door.ts';
import type { Opened } from './closing.ts';
import type { Cloud } from './cloud.ts';
import { type AdminView, startAdmin } from './faults/admin.ts';
import type { Clock } from './faults/clock.ts';
import type { Faults } from './faults/faults.ts';
import { listenOnLoopback } from './listening.ts';
import type { LogGroups } from './logs/log-groups.ts';
import { controlPlane, dataPlane } from './rest/planes.ts';
import type { RestContext } from './rest/route.ts';
import { restListener } from './rest/server.ts';

/** A port for each door; 0 is any free one. */
export type Ports = { control?: number; mqtts?: number; wss?: number; admin?: number };

/** Where the doors are. */
export type DoorUrls = {
  readonly controlUrl: string;
  readonly mqttsUrl: string;
  readonly wssUrl: string;
  readonly adminUrl: string;
};

type Behind = {
  readonly cloud: Cloud;
  readonly broker: Broker;
  readonly certificates: CertificateCheck;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly logs: LogGroups;
  readonly view: AdminView;
  readonly ports: Ports;
};

/** Opens the four doors on loopback: two to the broker, the APIs that name one of them, and the side door. */
export async function openDoors(behind: Behind, opened: Opened): Promise<DoorUrls> {
  const { cloud, broker, certificates, clock, faults, logs, view, ports } = behind;
  const room = { broker, certificates };
  const { server, iam } = cloud;
  const mqtts = await startDeviceDoor({ room, server }, ports.mqtts ?? 0);
  opened.push(mqtts);
  const context = { ...cloud, connections: broker.connections, clock, faults, logs };
  const dataRest = restListener({ planes: [dataPlane], others: false }, { ...context, dataEndpoint: '' });
  const signers = { keys: iam.keys, clock };
  const data = await startDataDoor({ room, server, signers, rest: dataRest }, ports.wss ?? 0);
  opened.push(data);
  const control = await startControlDoor(
    { ...context, dataEndpoint: `localhost:${data.port}` },
    ports.control,
  );
  opened.push(control);
  const admin = await startAdmin(view, ports.admin ?? 0);
  opened.push(admin);
  return {
    controlUrl: `http://127.0.0.1:${control.port}`,
    mqttsUrl: `mqtts://localhost:${mqtts.port}`,
    wssUrl: `wss://localhost:${data.port}/mqtt`,
    adminUrl: `http://127.0.0.1:${admin.port}`,
  };
}

/** One address for all of AWS, as `--endpoint-url` wants it: control plane, data plane, STS and CloudWatch Logs. */
function startControlDoor(context: RestContext, port = 0) {
  const rest = restListener({ planes: [controlPlane, dataPlane], others: true }, context);
  return listenOnLoopback(createServer({ requestTimeout: HANDSHAKE_TIMEOUT_MS }, rest), port);
}
