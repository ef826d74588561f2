import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceUser } from './paths';
import { runTool } from './runTool';
import { CertificateFiles } from './types';

const VALID_DAYS = 3650;
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
/** Java's PKCS#12 stores are given their password in this variable, never in argv. */
const STORE_PASSWORD_VARIABLE = 'FLEET_STORE_PASSWORD';

function storeEnvironment(password: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    [STORE_PASSWORD_VARIABLE]: password,
  };
}

/** One authority a fleet: its certificates serve and identify, on loopback names only. */
export class CertificateAuthority {
  readonly caFile: string;
  readonly #folder: string;
  readonly #caKeyFile: string;
  readonly #serviceUser?: ServiceUser;
  readonly #openssl: string;
  #trustStore?: Promise<string>;
  readonly #inProgress = new Map<string, Promise<CertificateFiles>>();

  private constructor(options: {
    folder: string;
    openssl: string;
    serviceUser?: ServiceUser;
  }) {
    this.#folder = options.folder;
    this.#openssl = options.openssl;
    this.#serviceUser = options.serviceUser;
    this.caFile = join(options.folder, 'ca', 'cert.pem');
    this.#caKeyFile = join(options.folder, 'ca', 'key.pem');
  }

  static async create(options: {
    folder: string;
    openssl: string;
    serviceUser?: ServiceUser;
  }): Promise<CertificateAuthority> {
    const authority = new CertificateAuthority(options);
    await authority.#createRoot();
    return authority;
  }

  async certificate(
    commonName: string,
    owner: 'service' | 'self',
  ): Promise<CertificateFiles> {
    let files = this.#inProgress.get(commonName);
    if (!files) {
      files = this.#issue(commonName);
      this.#inProgress.set(commonName, files);
    }
    const { keyFile } = await files;
    if (owner === 'service' && this.#serviceUser) {
      await chown(keyFile, this.#serviceUser.uid, this.#serviceUser.gid);
    }
    return files;
  }

  /** Key store of that certificate and the trust store that all share; both with the password given first. */
  async javaStores(options: {
    readonly commonName: string;
    readonly keytool: string;
    readonly password: string;
  }): Promise<{ keyStore: string; trustStore: string }> {
    this.#trustStore ??= this.#makeTrustStore(options);
    const [keyStore, trustStore] = await Promise.all([
      this.#makeKeyStore(options),
      this.#trustStore,
    ]);
    return { keyStore, trustStore };
  }

  async #makeKeyStore(options: {
    readonly commonName: string;
    readonly password: string;
  }): Promise<string> {
    const { commonName, password } = options;
    const { certFile, keyFile } = await this.certificate(commonName, 'self');
    const keyStore = join(this.#folder, commonName, 'java-keystore.p12');
    if (!existsSync(keyStore)) {
      await runTool(
        this.#openssl,
        [
          ...['pkcs12', '-export', '-name', commonName],
          ...['-in', certFile, '-inkey', keyFile, '-certfile', this.caFile],
          ...['-passout', `env:${STORE_PASSWORD_VARIABLE}`],
          ...['-out', `${keyStore}.new`],
        ],
        { env: storeEnvironment(password) },
      );
      await this.#publish(keyStore);
    }
    return keyStore;
  }

  /** OpenSSL before 3.2 cannot mark a certificate as trusted for Java: keytool can, in seconds. */
  async #makeTrustStore(options: {
    readonly keytool: string;
    readonly password: string;
  }): Promise<string> {
    const trustStore = join(this.#folder, 'ca', 'java-truststore.p12');
    if (!existsSync(trustStore)) {
      await rm(`${trustStore}.new`, { force: true });
      await runTool(
        options.keytool,
        [
          ...['-importcert', '-noprompt', '-alias', 'local-fleet'],
          ...['-file', this.caFile, '-storetype', 'PKCS12'],
          ...['-storepass:env', STORE_PASSWORD_VARIABLE],
          ...['-keystore', `${trustStore}.new`],
          ...['-J-XX:TieredStopAtLevel=1', '-J-XX:-UsePerfData'],
        ],
        { env: storeEnvironment(options.password) },
      );
      await this.#publish(trustStore);
    }
    return trustStore;
  }

  async #publish(store: string): Promise<void> {
    await chmod(`${store}.new`, 0o600);
    if (this.#serviceUser) {
      const { uid, gid } = this.#serviceUser;
      await chown(`${store}.new`, uid, gid);
    }
    await rename(`${store}.new`, store);
  }

  async #createRoot(): Promise<void> {
    if (existsSync(this.caFile)) {
      return;
    }
    await mkdir(join(this.#folder, 'ca'), { recursive: true, mode: 0o755 });
    await runTool(this.#openssl, [
      ...['req', '-x509', '-nodes', ...KEY, '-sha256'],
      ...['-days', String(VALID_DAYS), '-subj', '/CN=local-fleet authority'],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
      ...['-keyout', this.#caKeyFile, '-out', `${this.caFile}.new`],
    ]);
    await chmod(this.#caKeyFile, 0o600);
    await rename(`${this.caFile}.new`, this.caFile);
  }

  async #issue(commonName: string): Promise<CertificateFiles> {
    const folder = join(this.#folder, commonName);
    const certFile = join(folder, 'cert.pem');
    const keyFile = join(folder, 'key.pem');
    if (!existsSync(certFile)) {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      const request = join(folder, 'request.pem');
      const extensions = join(folder, 'extensions.cnf');
      await runTool(this.#openssl, [
        ...['req', '-new', '-nodes', ...KEY, '-sha256'],
        ...['-subj', `/CN=${commonName}`],
        ...['-keyout', keyFile, '-out', request],
      ]);
      await chmod(keyFile, 0o600);
      await writeFile(
        extensions,
        [
          'basicConstraints=critical,CA:FALSE',
          'keyUsage=critical,digitalSignature,keyEncipherment',
          'extendedKeyUsage=serverAuth,clientAuth',
          // pgBackRest 2.45 looks for an address among the DNS names only.
          'subjectAltName=DNS:localhost,DNS:127.0.0.1,IP:127.0.0.1,IP:::1',
          'subjectKeyIdentifier=hash',
          'authorityKeyIdentifier=keyid',
        ].join('\n'),
      );
      await runTool(this.#openssl, [
        ...['x509', '-req', '-in', request, '-sha256'],
        ...['-CA', this.caFile, '-CAkey', this.#caKeyFile],
        ...['-set_serial', `0x${randomBytes(15).toString('hex')}`],
        ...['-days', String(VALID_DAYS), '-extfile', extensions],
        ...['-out', `${certFile}.new`],
      ]);
      await rm(request);
      await rm(extensions);
      await rename(`${certFile}.new`, certFile);
    }
    return { caFile: this.caFile, certFile, keyFile };
  }
}
