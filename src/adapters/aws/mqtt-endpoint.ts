import { DescribeEndpointCommand } from '@aws-sdk/client-iot';
import type { IoTClient } from '@aws-sdk/client-iot';
import { EvictError } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';

/** AWS answers a host; what stands for AWS may add a port. */
const ADDRESS = /^[\w.-]+(:\d{1,5})?$/u;

/** The account's own MQTT endpoint, as the URL of its WebSocket, without a signature. */
export async function readMqttEndpoint(
  client: IoTClient,
  options: { readonly abortSignal: AbortSignal },
): Promise<string> {
  const command = new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' });
  const { endpointAddress = '' } = await client.send(command, options);
  const url = `wss://${endpointAddress}/mqtt`;
  if (ADDRESS.test(endpointAddress) && URL.canParse(url)) return url;
  throw new EvictError(
    'service-failed',
    `DescribeEndpoint answered "${printable(endpointAddress)}", which is no host`,
    { hint: 'name the broker with --mqtt-url' },
  );
}
