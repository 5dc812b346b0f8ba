import {
  DescribeCertificateCommand,
  IoTClient,
  UpdateCertificateCommand,
  paginateListAttachedPolicies,
  paginateListPrincipalThings,
} from '@aws-sdk/client-iot';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { Change } from '../../domain/change.ts';
import type { CallerReading, CertificateReading, CloudReader, CloudWriter } from '../../domain/ports.ts';
import { watchClock } from './clock-skew.ts';
import { asEvictError, named } from './sdk-error.ts';

export type ControlPlaneOptions = {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpointUrl?: string | undefined;
  readonly configFile?: string | undefined;
  readonly credentialsFile?: string | undefined;
  /** Goes into the user agent, so that CloudTrail rows can be joined to this tool. */
  readonly toolVersion: string;
};

/** The control plane of AWS IoT, and STS for the question of who is asking. Throws `EvictError`s of source `cloud`. */
export class ControlPlane implements CloudReader, CloudWriter, Disposable {
  readonly #iot: IoTClient;
  readonly #sts: STSClient;
  readonly #skewMs: () => number | undefined;
  readonly #where: string;

  constructor(options: ControlPlaneOptions) {
    const { region, endpointUrl } = options;
    const config = clientConfigFrom(options);
    this.#iot = new IoTClient(config);
    this.#sts = new STSClient(config);
    this.#skewMs = watchClock(this.#sts);
    this.#where = endpointUrl ?? `AWS ${region ?? 'in the default region'}`;
  }

  async caller(signal: AbortSignal): Promise<CallerReading> {
    const answer = await this.#ask('GetCallerIdentity', signal, () =>
      this.#sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal }),
    );
    return { arn: answer.Arn ?? '', principal: answer.UserId ?? '', account: answer.Account ?? '' };
  }

  async certificate(certificateId: string, signal: AbortSignal): Promise<CertificateReading | undefined> {
    const command = new DescribeCertificateCommand({ certificateId });
    try {
      const { certificateDescription: found } = await this.#iot.send(command, { abortSignal: signal });
      if (found?.certificateArn === undefined || found.status === undefined) return undefined;
      return { certificateId, arn: found.certificateArn, status: found.status };
    } catch (error) {
      if (named(error, 'ResourceNotFoundException')) return undefined;
      throw asEvictError(error, { call: 'DescribeCertificate', where: this.#where, signal });
    }
  }

  async thingsOf(principalArn: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#ask('ListPrincipalThings', signal, async () => {
      const things: string[] = [];
      const pages = paginateListPrincipalThings(
        { client: this.#iot },
        { principal: principalArn },
        { abortSignal: signal },
      );
      for await (const page of pages) things.push(...(page.things ?? []));
      return things;
    });
  }

  async policiesOn(principalArn: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#ask('ListAttachedPolicies', signal, async () => {
      const policies: string[] = [];
      const pages = paginateListAttachedPolicies(
        { client: this.#iot },
        { target: principalArn },
        { abortSignal: signal },
      );
      for await (const page of pages)
        for (const { policyName } of page.policies ?? [])
          if (policyName !== undefined) policies.push(policyName);
      return policies;
    });
  }

  async stateOf(change: Change, signal: AbortSignal): Promise<string> {
    switch (change.kind) {
      case 'certificate-status':
        return (await this.certificate(change.certificateId, signal))?.status ?? 'NOT FOUND';
    }
  }

  async apply(change: Change, signal: AbortSignal): Promise<{ readonly requestId?: string | undefined }> {
    switch (change.kind) {
      case 'certificate-status': {
        const { certificateId, after } = change;
        const newStatus = after === 'ACTIVE' ? 'ACTIVE' : 'INACTIVE';
        const answer = await this.#ask('UpdateCertificate', signal, () =>
          this.#iot.send(new UpdateCertificateCommand({ certificateId, newStatus }), { abortSignal: signal }),
        );
        return { requestId: answer.$metadata.requestId };
      }
    }
  }

  clockSkewMs(): number | undefined {
    return this.#skewMs();
  }

  [Symbol.dispose](): void {
    this.#iot.destroy();
    this.#sts.destroy();
  }

  async #ask<T>(call: string, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw asEvictError(error, { call, where: this.#where, signal });
    }
  }
}

/** What each of the SDK's clients is made with. */
export function clientConfigFrom(options: ControlPlaneOptions) {
  const { region, profile, endpointUrl, toolVersion } = options;
  return {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
    credentials: credentialsFrom(options),
    customUserAgent: `evict/${toolVersion}`,
  };
}

/** The SDK's own chain; a credentials file that the configuration names stands before all of it, the environment included. */
/** A role is assumed where everything else is asked, too: `--endpoint-url` stands for every service. */
function credentialsFrom({ profile, configFile, credentialsFile, endpointUrl, region }: ControlPlaneOptions) {
  const shared = {
    clientConfig: {
      ...(region === undefined ? {} : { region }),
      ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
    },
    ...(profile === undefined ? {} : { profile }),
    ...(configFile === undefined ? {} : { configFilepath: configFile }),
    ...(credentialsFile === undefined ? {} : { filepath: credentialsFile }),
  };
  return credentialsFile === undefined ? defaultProvider(shared) : fromIni(shared);
}
