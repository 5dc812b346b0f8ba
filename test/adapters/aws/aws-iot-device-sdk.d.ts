/** The package has no types of its own; this is the one function of it that the tests compare with. */
declare module 'aws-iot-device-sdk' {
  const sdk: {
    readonly device: {
      prepareWebSocketUrl(
        options: { readonly host: string; readonly port?: number | undefined; readonly region: string },
        accessKeyId: string,
        secretAccessKey: string,
        sessionToken: string | undefined,
      ): string;
    };
  };
  export default sdk;
}
