"""Certificates and logins of a throw-away Kafka."""

import certificates

USER = "flux"
PASSWORD = "plain-pass"
SCRAM_PASSWORD = "scram-pass"


def make_certificates(folder):
    """ca.pem, and keystore.pem for a broker on this machine, signed by it."""
    certificates.make_certificates(folder, "broker")
    certificates.openssl(folder, "pkcs8", "-topk8", "-nocrypt", "-in", "broker.key", "-out", "broker.pk8")  # the form Java reads
    (folder / "keystore.pem").write_text((folder / "broker.pk8").read_text() + (folder / "broker.pem").read_text())


def properties(folder):
    """Lines of server.properties beside the listeners."""
    login = "org.apache.kafka.common.security"
    return ["sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256",
            f'listener.name.sasl_ssl.plain.sasl.jaas.config={login}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
            f"listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config={login}.scram.ScramLoginModule required;",
            "ssl.keystore.type=PEM", f"ssl.keystore.location={folder / 'keystore.pem'}", "ssl.truststore.type=PEM",
            f"ssl.truststore.location={folder / 'ca.pem'}", "ssl.client.auth=none"]


FORMAT = ["--add-scram", f"SCRAM-SHA-256=[name={USER},password={SCRAM_PASSWORD}]"]
