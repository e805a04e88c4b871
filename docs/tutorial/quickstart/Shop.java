import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A merchant's whole day by the JDK alone (17 or newer): a benefit, a deposit-free order, its notifications.
 *
 * <pre>. ./shop.env && java docs/tutorial/quickstart/Shop.java [DAY]</pre>
 *
 * DAY (YYYY-MM-DD): fetch that day's statement, too. A shop has a JSON library; here a pattern does, to need none.
 */
public class Shop {
    static final String SUITE = "WECHATPAY2-SHA256-RSA2048";
    static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5)).build();

    final String host = told("XINYI_HOST"), mchid = told("MCHID"), serialNo = told("SERIAL_NO");
    final String platformKeyId = told("PLATFORM_KEY_ID");
    final byte[] apiv3Key = told("APIV3_KEY").getBytes(StandardCharsets.UTF_8);
    final PrivateKey key;
    final PublicKey platformKey;

    Shop() throws GeneralSecurityException, IOException {
        KeyFactory rsa = KeyFactory.getInstance("RSA");
        key = rsa.generatePrivate(new PKCS8EncodedKeySpec(pem(told("PRIVATE_KEY"))));
        platformKey = rsa.generatePublic(new X509EncodedKeySpec(pem(told("PLATFORM_KEY"))));
    }

    public static void main(String[] arguments) throws Exception {
        Shop shop = new Shop();
        shop.benefit();
        shop.order();
        if (arguments.length > 0) {
            System.out.println("statement: " + shop.statement(arguments[0]).length + " bytes, digest as told");
        }
    }

    /** A code on a phone: looked at, used once, brought back. */
    void benefit() throws Exception {
        String service = told("SERVICE_ID"), code = citizen("code", service), number = number("R");
        String seen = call("POST", "/v3/xinyi/verifications",
                json("{'presentation': '%s', 'service_id': '%s'}", code, service));
        System.out.println("may they have it? " + seen.contains("\"eligible\":true"));
        String use = json(
                "{'out_redemption_no': '%s', 'presentation': '%s', 'service_id': '%s'}", number, code, service);
        String first = call("POST", "/v3/xinyi/redemptions", use);
        System.out.println("sent again, the same answer: " + first.equals(call("POST", "/v3/xinyi/redemptions", use)));
        String back = call("POST", "/v3/xinyi/redemptions/" + number + "/completion", json("{'total_amount': 300}"));
        System.out.println("brought back: " + member(back, "state"));
    }

    /** As PayScore speaks it: made, confirmed on the phone, complete, paid; both notifications are waited for. */
    void order() throws Exception {
        BlockingQueue<String> came = new LinkedBlockingQueue<>();
        HttpServer receiver = receiver(came);
        String number = number("O"), path = "/v3/payscore/serviceorder/" + number;
        String ours = String.format("'appid': '%s', 'service_id': '%s'", told("APPID"), told("SERVICE_ID"));
        String made = call("POST", "/v3/payscore/serviceorder", json("{%s, 'out_order_no': '%s', "
                + "'service_introduction': '租充电宝', 'time_range': {'start_time': 'OnAccept'}, "
                + "'risk_fund': {'name': 'DEPOSIT', 'amount': 3000}, 'need_user_confirm': true, "
                + "'notify_url': 'http://127.0.0.1:%d/notify'}", ours, number, receiver.getAddress().getPort()));
        citizen("confirm", member(made, "package"), told("SERVICE_ID"));
        call("POST", path + "/complete", json(
                "{%s, 'post_payments': [{'name': '租金', 'amount': 300}], 'total_amount': 300}", ours));
        String paid = DateTimeFormatter.ofPattern("yyyyMMddHHmmss").format(OffsetDateTime.now(ZoneOffset.ofHours(8)));
        String done = call("POST", path + "/sync",
                json("{%s, 'type': 'Order_Paid', 'detail': {'paid_time': '%s'}}", ours, paid));
        System.out.println("the order: " + member(done, "state"));
        for (int each = 0; each < 2; each++) {
            System.out.println("we were told: " + came.poll(30, TimeUnit.SECONDS));
        }
        receiver.stop(0);
    }

    /** One signed request; the answer's text, once its signature holds. */
    String call(String method, String path, String body) throws Exception {
        return new String(raw(method, path, body), StandardCharsets.UTF_8);
    }

    byte[] raw(String method, String path, String body) throws Exception {
        String stamp = Long.toString(Instant.now().getEpochSecond());
        String nonce = UUID.randomUUID().toString().replace("-", "");
        Signature signer = Signature.getInstance("SHA256withRSA");
        signer.initSign(key);
        signer.update(String.join("\n", method, path, stamp, nonce, body, "").getBytes(StandardCharsets.UTF_8));
        String authorization = SUITE + " " + json(
                "mchid='%s',nonce_str='%s',signature='%s',timestamp='%s',serial_no='%s'",
                mchid, nonce, Base64.getEncoder().encodeToString(signer.sign()), stamp, serialNo);
        HttpRequest request = HttpRequest.newBuilder(URI.create(host + path)).timeout(Duration.ofSeconds(30))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header("Authorization", authorization).header("Wechatpay-Serial", platformKeyId)
                .header("Content-Type", "application/json").header("Accept", "application/json").build();
        HttpResponse<byte[]> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
        check(name -> answer.headers().firstValue(name).orElse(""), answer.body());
        if (answer.statusCode() >= 400) {
            throw new IOException(answer.statusCode() + " " + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return answer.body();
    }

    /** That an answer or a notification is the platform's, and of now. */
    void check(UnaryOperator<String> header, byte[] body) throws GeneralSecurityException {
        String stamp = header.apply("Wechatpay-Timestamp");
        if (!header.apply("Wechatpay-Signature-Type").equals(SUITE)
                || !header.apply("Wechatpay-Serial").equals(platformKeyId) || !stamp.matches("[0-9]{10}")
                || Math.abs(Instant.now().getEpochSecond() - Long.parseLong(stamp)) > 300) {
            throw new GeneralSecurityException("by no key that we know, or not of now");
        }
        Signature verifier = Signature.getInstance("SHA256withRSA");
        verifier.initVerify(platformKey);
        verifier.update((stamp + "\n" + header.apply("Wechatpay-Nonce") + "\n").getBytes(StandardCharsets.UTF_8));
        verifier.update(body);
        verifier.update((byte) '\n');
        byte[] signature;
        try {
            signature = Base64.getDecoder().decode(header.apply("Wechatpay-Signature"));
        } catch (IllegalArgumentException wrong) {
            throw new GeneralSecurityException("the signature is wrong", wrong);
        }
        if (!verifier.verify(signature)) {
            throw new GeneralSecurityException("the signature is wrong");
        }
    }

    /** What is sealed in a notification that was checked. */
    String opened(String body) throws GeneralSecurityException {
        String resource = body.substring(body.indexOf("\"resource\":"));
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(apiv3Key, "AES"),
                new GCMParameterSpec(128, member(resource, "nonce").getBytes(StandardCharsets.UTF_8)));
        cipher.updateAAD(member(resource, "associated_data").getBytes(StandardCharsets.UTF_8));
        byte[] sealed = Base64.getDecoder().decode(member(resource, "ciphertext"));
        return new String(cipher.doFinal(sealed), StandardCharsets.UTF_8);
    }

    /** A notify_url: 204 for what is the platform's, 401 for the rest. A shop keeps what came, once for each id. */
    HttpServer receiver(BlockingQueue<String> came) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/notify", call -> {
            byte[] body = call.getRequestBody().readNBytes(1 << 20);
            int status = 401;
            try {
                check(name -> String.valueOf(call.getRequestHeaders().getFirst(name)), body);
                String text = new String(body, StandardCharsets.UTF_8);
                came.add(member(text, "event_type") + " " + member(opened(text), "state"));
                status = 204;
            } catch (GeneralSecurityException no) {
                System.err.println("not taken: " + no.getMessage());
            }
            call.sendResponseHeaders(status, -1);
            call.close();
        });
        server.start();
        return server;
    }

    /** A day's statement, whose digest was compared. */
    byte[] statement(String day) throws Exception {
        String told = call("GET", "/v3/xinyi/bills?bill_date=" + day, "");
        URI address = URI.create(member(told, "download_url"));
        byte[] file = raw("GET", address.getRawPath() + "?" + address.getRawQuery(), "");
        String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
        if (!digest.equals(member(told, "hash_value"))) {
            throw new IOException("the file isn't the one that was told");
        }
        return file;
    }

    /** The phone on the other side: citizen.py, in real life a person with the mini-program. */
    static String citizen(String... what) throws IOException, InterruptedException {
        String program = System.getenv().getOrDefault("CITIZEN",
                ".venv/bin/python docs/tutorial/quickstart/citizen.py");
        Process process = new ProcessBuilder((program + " " + String.join(" ", what)).split(" "))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException("the phone said no");
        }
        return said;
    }

    static String member(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\": *\"([^\"]*)\"").matcher(json);
        return found.find() ? found.group(1) : "";
    }

    static String json(String pattern, Object... values) {
        return String.format(pattern, values).replace('\'', '"');
    }

    static String number(String letter) {
        return letter + UUID.randomUUID().toString().replace("-", "").substring(0, 24);
    }

    static byte[] pem(String file) throws IOException {
        return Base64.getMimeDecoder().decode(Files.readString(Path.of(file)).replaceAll("-----[A-Z ]+-----", ""));
    }

    static String told(String name) {
        return System.getenv(name);
    }
}
