// A host's backend in Java 15 or newer: GET /me/assertion of the user of its session.
import java.nio.file.*; import java.security.*; import java.security.spec.PKCS8EncodedKeySpec; import java.util.*;

public class Assertion {
  static String encode(byte[] part) { return Base64.getUrlEncoder().withoutPadding().encodeToString(part); }

  public static String of(String email) throws Exception { // E-mail addresses, names and addresses without quotes.
    var env = System.getenv();
    var pem = Files.readString(Path.of(env.get("KEY_FILE"))).replaceAll("-----[A-Z ]+-----", "");
    var key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem)));
    long now = System.currentTimeMillis() / 1000;
    var header = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}".formatted(env.get("KEY_ID"));
    var claims = "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"%s\",\"email\":\"%s\",\"iat\":%d,\"exp\":%d,\"jti\":\"%s\"}"
      .formatted(env.get("ISSUER"), env.get("AUDIENCE"), email, email, now, now + 60, UUID.randomUUID());
    var message = encode(header.getBytes("UTF-8")) + "." + encode(claims.getBytes("UTF-8"));
    var signature = Signature.getInstance("SHA256withRSA"); signature.initSign(key); signature.update(message.getBytes());
    return message + "." + encode(signature.sign());
  }
}
