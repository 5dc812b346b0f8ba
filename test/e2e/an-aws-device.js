// A device that runs AWS's own device SDK, in a process of its own: its native part knows no end in a test runner's.
// Arguments: one JSON object; says one JSON line for each thing that happens, until it is killed.
import { auth, iot, mqtt, mqtt5 } from 'aws-iot-device-sdk-v2';

const { way, host, port, ca, cert, key, clientId, credentials, will } = JSON.parse(process.argv[2]);
const say = (happened, about) => process.stdout.write(`${JSON.stringify({ happened, about })}\n`);

if (way === 'mtls5') runMqtt5();
else await runMqtt311();
setInterval(() => {}, 60_000);

async function runMqtt311() {
  const builder =
    way === 'mtls'
      ? iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder_from_path(cert, key)
      : iot.AwsIotMqttConnectionConfigBuilder.new_with_websockets({
          region: 'us-east-1',
          credentials_provider: auth.AwsCredentialsProvider.newStatic(
            credentials.accessKeyId,
            credentials.secretAccessKey,
            credentials.sessionToken,
          ),
        });
  builder
    .with_certificate_authority_from_path(undefined, ca)
    .with_endpoint(host)
    .with_port(port)
    .with_client_id(clientId)
    .with_clean_session(true)
    .with_reconnect_min_sec(1)
    .with_reconnect_max_sec(2)
    .with_ping_timeout_ms(3000);
  if (will !== undefined) builder.with_will(new mqtt.MqttWill(will, mqtt.QoS.AtMostOnce, 'lost'));

  const connection = new mqtt.MqttClient().new_connection(builder.build());
  connection.on('interrupt', (error) => say('interrupted', String(error)));
  connection.on('resume', () => say('resumed'));
  try {
    await connection.connect();
    say('connected');
    await connection.subscribe('fleet/orders', mqtt.QoS.AtLeastOnce, (topic) => say('received', topic));
    say('subscribed');
  } catch (error) {
    say('failed', String(error));
  }
}

function runMqtt5() {
  const config = iot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromPath(host, cert, key)
    .withCertificateAuthorityFromPath(undefined, ca)
    .withPort(port)
    .withConnectProperties({ clientId, keepAliveIntervalSeconds: 30 })
    .withMinReconnectDelayMs(100)
    .withMaxReconnectDelayMs(200)
    .build();
  const client = new mqtt5.Mqtt5Client(config);
  client.on('connectionSuccess', () => say('connected'));
  client.on('connectionFailure', ({ error }) => say('failed', error.message));
  client.on('disconnection', ({ error }) => say('interrupted', error.message));
  client.start();
}
