package io.connbudget.wire.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.wire.message.HandshakeV10;
import io.netty.buffer.ByteBufUtil;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class AuthTest {
    private static final byte[] PASSWORD = "correct horse".getBytes(UTF_8);
    private static final byte[] WRONG = "correct horsf".getBytes(UTF_8);

    private final byte[] nonce = HandshakeV10.newNonce(new SecureRandom());

    @Test
    void nativeScrambleVerifiesAgainstTheServersHash() {
        byte[] stored = NativePassword.storedHash(PASSWORD);
        // SELECT PASSWORD('correct horse') on MariaDB 10.11
        assertThat(ByteBufUtil.hexDump(stored)).isEqualTo("0e8f21e4240f5ad5a07d088f9c93890d13d78a4e");
        byte[] scramble = NativePassword.scramble(PASSWORD, nonce);
        assertThat(NativePassword.verify(scramble, nonce, stored)).isTrue();
        assertThat(NativePassword.verify(NativePassword.scramble(WRONG, nonce), nonce, stored))
                .isFalse();
        assertThat(NativePassword.verify(new byte[0], nonce, stored)).isFalse();
        assertThat(NativePassword.scramble(new byte[0], nonce)).isEmpty();
        byte[] single = NativePassword.singleHash(scramble, nonce, stored);
        assertThat(NativePassword.scrambleOfHash(single, nonce)).isEqualTo(scramble);
    }

    @Test
    void cachingSha2ScrambleVerifies() {
        byte[] hash = CachingSha2Password.fastHash(PASSWORD);
        byte[] scramble = CachingSha2Password.scramble(PASSWORD, nonce);
        assertThat(CachingSha2Password.verify(scramble, nonce, hash)).isTrue();
        assertThat(CachingSha2Password.verify(CachingSha2Password.scramble(WRONG, nonce), nonce, hash))
                .isFalse();
        assertThat(CachingSha2Password.verify(new byte[20], nonce, hash)).isFalse();
        assertThat(CachingSha2Password.scramble(new byte[0], nonce)).isEmpty();
        byte[] single = CachingSha2Password.singleHash(scramble, nonce, hash);
        assertThat(CachingSha2Password.scrambleOfHash(single, nonce)).isEqualTo(scramble);
    }

    @Test
    void storedPasswordOfARealServerVerifies() {
        // authentication_string on MySQL 9.7.
        byte[] stored = ByteBufUtil.decodeHexDump("2441243030412441476F06302053096B4F160713750D583C1B1506672F7A66714F4C"
                + "4D73424A784C4178466D786E79364A314C726E794A73764C774557455155593654423431");
        assertThat(StoredSha2Password.verify(PASSWORD, stored)).isTrue();
        assertThat(StoredSha2Password.verify(WRONG, stored)).isFalse();
        byte[] longOne =
                ByteBufUtil.decodeHexDump("24412430304124176A0D543B7E7A326458766E08016F0757256F0C5931444744617770"
                        + "6E52424775714F634C69464E782E636C50546B49576951663346674D41714E7749312F");
        byte[] password = "0123456789012345678901234567890123456789é".getBytes(UTF_8);
        assertThat(StoredSha2Password.verify(password, longOne)).isTrue();
        assertThatThrownBy(() -> StoredSha2Password.verify(PASSWORD, PASSWORD))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** The hash of a longer one is nobody's, and its work is not done. */
    @Test
    void noStoredPasswordIsLongerThanAServerStores() {
        byte[] salt = "12345678901234567890".getBytes(UTF_8);
        for (int length :
                new int[] {StoredSha2Password.MAX_PASSWORD_BYTES, StoredSha2Password.MAX_PASSWORD_BYTES + 1}) {
            byte[] password = "p".repeat(length).getBytes(UTF_8);
            String hash = new String(StoredSha2Password.crypt(password, salt, 5000), UTF_8);
            byte[] stored = ("$A$005$12345678901234567890" + hash).getBytes(UTF_8);
            assertThat(StoredSha2Password.verify(password, stored)).isEqualTo(length == 256);
        }
    }

    @Test
    void rsaCarriesThePassword() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair keys = generator.generateKeyPair();
        byte[] pem = RsaPassword.toPem(keys.getPublic());
        assertThat(new String(pem, UTF_8))
                .startsWith("-----BEGIN PUBLIC KEY-----\n")
                .endsWith("-----\n");
        byte[] encrypted = RsaPassword.encrypt(PASSWORD, nonce, RsaPassword.fromPem(pem));
        assertThat(RsaPassword.decrypt(encrypted, nonce, keys.getPrivate())).isEqualTo(PASSWORD);
        byte[] other = nonce.clone();
        other[PASSWORD.length] ^= 1;
        assertThatThrownBy(() -> RsaPassword.decrypt(encrypted, other, keys.getPrivate()))
                .isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> RsaPassword.decrypt(new byte[256], nonce, keys.getPrivate()))
                .isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> RsaPassword.fromPem(PASSWORD)).isInstanceOf(GeneralSecurityException.class);
    }
}
