// A host's backend in Java 11 or newer: POST /hooks/bzctrl.
import java.security.MessageDigest; import java.util.*; import javax.crypto.Mac; import javax.crypto.spec.SecretKeySpec;

public class Webhook {
  // The body as it came, to the byte. False, if the relay has not sent it within the last five minutes: answer 400.
  public static boolean verified(byte[] body, String id, String timestamp, String signatures) throws Exception {
    if (Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(timestamp)) > 300) return false;
    var secret = Base64.getDecoder().decode(System.getenv("WEBHOOK_SECRET").substring("whsec_".length()));
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    mac.update((id + "." + timestamp + ".").getBytes("UTF-8"));
    var expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes("UTF-8");
    for (var one : signatures.split(" ")) if (MessageDigest.isEqual(expected, one.getBytes("UTF-8"))) return true;
    return false;
  }
}
