package io.streamviews;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A key and its certificate, which is its own authority, made by the JDK's keytool.
 *
 * @param store both, in a PKCS #12 file that {@link #PASSWORD} opens
 */
public record Certificate(Path store, Path pem, Path key) {

    public static final String PASSWORD = "changeit";

    private static final String ALIAS = "own";
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    /** @param hosts as keytool has them, for example {@code dns:localhost,ip:127.0.0.1} */
    public static Certificate of(String name, String hosts) {
        Path directory = Path.of(
                "target", "certificates", String.valueOf(ProcessHandle.current().pid()));
        Certificate made = new Certificate(
                directory.resolve(name + ".p12").toAbsolutePath(),
                directory.resolve(name + ".pem").toAbsolutePath(),
                directory.resolve(name + ".key").toAbsolutePath());
        try {
            Files.createDirectories(directory);
            Files.deleteIfExists(made.store);
            made.generate(name, hosts);
            made.export();
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A context that trusts this certificate alone. */
    public SSLContext trusting() {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry(ALIAS, open().getCertificate(ALIAS));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Puts another one into the files of this one, as who renews a certificate does. */
    public void replaceBy(Certificate other) throws IOException {
        Files.copy(other.key, key, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(other.pem, pem, StandardCopyOption.REPLACE_EXISTING);
    }

    private void generate(String name, String hosts) throws IOException {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=" + hosts,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), US_ASCII);
        if (keytool.onExit().join().exitValue() != 0) {
            throw new IllegalStateException("keytool has not made " + store + ": " + said);
        }
    }

    private void export() throws IOException, GeneralSecurityException {
        KeyStore own = open();
        write(pem, "CERTIFICATE", own.getCertificate(ALIAS).getEncoded());
        write(key, "PRIVATE KEY", own.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded());
        // PostgreSQL takes no key that others may read
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }

    private KeyStore open() throws IOException, GeneralSecurityException {
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            own.load(in, PASSWORD.toCharArray());
        }
        return own;
    }

    private static void write(Path file, String what, byte[] content) throws IOException {
        Files.writeString(
                file,
                "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(what, LINES.encodeToString(content)));
    }
}
