import {
  DescribeCertificateCommand,
  IoTClient,
  UpdateCertificateCommand,
  paginateListPrincipalThings,
} from '@aws-sdk/client-iot';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ATTACHED, NOT_FOUND } from '../../domain/change.ts';
import type { Change } from '../../domain/change.ts';
import type {
  CallerReading,
  CertificateReading,
  CloudReader,
  CloudWriter,
  ConnectQuestion,
  EffectiveFor,
  EffectivePolicy,
} from '../../domain/cloud-ports.ts';
import { orAbort } from '../../domain/signals.ts';
import { watchClock } from './clock-skew.ts';
import { awsPlace } from './aws-place.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { readMqttEndpoint } from './mqtt-endpoint.ts';
import { askMayConnect, attachmentState, changeAttachment, listAttached, readEffective } from './policies.ts';
import type { Network } from './network.ts';
import { asEvictError, named } from './sdk-error.ts';

/** The control plane of AWS IoT, and STS for the question of who is asking. Throws `EvictError`s of source `cloud`. */
export class ControlPlane implements CloudReader, CloudWriter, Disposable {
  readonly #iot: IoTClient;
  readonly #sts: STSClient;
  readonly #skewMs: () => number | undefined;
  readonly #where: string;
  readonly #network: Network | undefined;

  #caller: CallerReading | undefined;
  #mqttEndpoint: string | undefined;

  constructor(options: AwsOptions) {
    const config = clientConfig(options);
    this.#iot = new IoTClient(config);
    this.#sts = new STSClient(config);
    this.#skewMs = watchClock(this.#sts);
    this.#network = options.network;
    this.#where = awsPlace(options);
  }

  async caller(signal: AbortSignal): Promise<CallerReading> {
    this.#caller ??= await this.#ask('GetCallerIdentity', signal, async () => {
      const answer = await this.#sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
      return { arn: answer.Arn ?? '', principal: answer.UserId ?? '', account: answer.Account ?? '' };
    });
    return this.#caller;
  }

  async mqttEndpoint(signal: AbortSignal): Promise<string> {
    this.#mqttEndpoint ??= await this.#ask('DescribeEndpoint', signal, () =>
      readMqttEndpoint(this.#iot, { abortSignal: signal }),
    );
    return this.#mqttEndpoint;
  }

  async certificate(certificateId: string, signal: AbortSignal): Promise<CertificateReading | undefined> {
    const command = new DescribeCertificateCommand({ certificateId });
    try {
      const { certificateDescription: found } = await orAbort(
        this.#iot.send(command, { abortSignal: signal }),
        signal,
      );
      if (found?.certificateArn === undefined || found.status === undefined) return undefined;
      return { certificateId, arn: found.certificateArn, status: found.status };
    } catch (error) {
      if (named(error, 'ResourceNotFoundException')) return undefined;
      throw asEvictError(error, {
        call: 'DescribeCertificate',
        where: this.#where,
        signal,
        network: this.#network,
      });
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
    return this.#ask('ListAttachedPolicies', signal, () =>
      listAttached(this.#iot, principalArn, { abortSignal: signal }),
    );
  }

  async effectivePolicies(subject: EffectiveFor, signal: AbortSignal): Promise<readonly EffectivePolicy[]> {
    return this.#ask('GetEffectivePolicies', signal, () =>
      readEffective(this.#iot, subject, { abortSignal: signal }),
    );
  }

  async mayConnect(question: ConnectQuestion, signal: AbortSignal): Promise<boolean> {
    return this.#ask('TestAuthorization', signal, () =>
      askMayConnect(this.#iot, question, { abortSignal: signal }),
    );
  }

  async stateOf(change: Change, signal: AbortSignal): Promise<string> {
    switch (change.kind) {
      case 'certificate-status':
        return statusIn(change, await this.certificate(change.certificateId, signal));
      case 'policy-attachment':
        return this.#ask('ListAttachedPolicies', signal, () =>
          attachmentState(this.#iot, change, { abortSignal: signal }),
        );
    }
  }

  async apply(change: Change, signal: AbortSignal): Promise<{ readonly requestId?: string | undefined }> {
    switch (change.kind) {
      case 'certificate-status':
        return this.#ask('UpdateCertificate', signal, async () => {
          const { certificateId, after: newStatus } = change;
          const command = new UpdateCertificateCommand({ certificateId, newStatus: settable(newStatus) });
          const { $metadata } = await this.#iot.send(command, { abortSignal: signal });
          return { requestId: $metadata.requestId };
        });
      case 'policy-attachment':
        return this.#ask(change.after === ATTACHED ? 'AttachPolicy' : 'DetachPolicy', signal, () =>
          changeAttachment(this.#iot, change, { abortSignal: signal }),
        );
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
      return await orAbort(send(), signal);
    } catch (error) {
      throw asEvictError(error, { call, where: this.#where, signal, network: this.#network });
    }
  }
}

/** The same certificate may be registered in another account or region, where it is not the one that is meant. */
function statusIn({ target }: Change, found: CertificateReading | undefined): string {
  return found?.arn === target ? found.status : NOT_FOUND;
}

/** The statuses that UpdateCertificate takes. (AWS IoT API reference, UpdateCertificate) */
function settable(status: string): 'ACTIVE' | 'INACTIVE' | 'REVOKED' {
  return status === 'ACTIVE' || status === 'REVOKED' ? status : 'INACTIVE';
}
