import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.wechat.pay.java.core.RSAPublicKeyConfig;
import com.wechat.pay.java.core.exception.ServiceException;
import com.wechat.pay.java.core.http.DefaultHttpClientBuilder;
import com.wechat.pay.java.core.http.HttpClient;
import com.wechat.pay.java.core.http.HttpHeaders;
import com.wechat.pay.java.core.http.JsonRequestBody;
import com.wechat.pay.java.core.notification.NotificationParser;
import com.wechat.pay.java.core.notification.RequestParam;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.UUID;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;

/**
 * A deposit-free order by the public SDK, made for WeChat Pay (com.github.wechatpay-apiv3:wechatpay-java:0.2.17, with
 * the okhttp and gson that it brings). The SDK has no class for PayScore, so its HttpClient, which signs and checks,
 * is given our addresses.
 *
 * <pre>. ./shop.env && java -cp "wechatpay-java.jar:…" SdkShop.java</pre>
 */
public class SdkShop {
    static final String HOST = told("XINYI_HOST"), SERVICE = told("SERVICE_ID"), APPID = told("APPID");

    /** Signs, checks our answers, and (as a NotificationConfig) opens our notifications. */
    static final RSAPublicKeyConfig CONFIG = new RSAPublicKeyConfig.Builder()
            .merchantId(told("MCHID"))
            .merchantSerialNumber(told("SERIAL_NO"))
            .privateKeyFromPath(told("PRIVATE_KEY"))
            .publicKeyFromPath(told("PLATFORM_KEY"))
            .publicKeyId(told("PLATFORM_KEY_ID"))
            .apiV3Key(told("APIV3_KEY"))
            .build();

    static final HttpClient HTTP = new DefaultHttpClientBuilder()
            .config(CONFIG)
            .okHttpClient(new OkHttpClient.Builder().addInterceptor(new HeaderNames()).build())
            .build();

    /**
     * The SDK looks for "Wechatpay-Signature" letter by letter. Header names have no case (RFC 9110); HTTP/2 has them in
     * small letters, our server does, too: spelt here as the SDK looks for them.
     */
    static final class HeaderNames implements Interceptor {
        static final List<String> NAMES = List.of("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature",
                "Wechatpay-Serial", "Wechatpay-Signature-Type", "Request-ID");

        @Override
        public Response intercept(Chain chain) throws IOException {
            Response answer = chain.proceed(chain.request());
            Headers.Builder headers = answer.headers().newBuilder();
            for (String name : NAMES) {
                String value = answer.header(name);
                if (value != null) {
                    headers.removeAll(name).add(name, value);
                }
            }
            return answer.newBuilder().headers(headers.build()).build();
        }
    }

    public static void main(String[] arguments) throws Exception {
        String number = "O" + UUID.randomUUID().toString().replace("-", "").substring(0, 24);
        JsonObject order = ours();
        order.addProperty("out_order_no", number);
        order.addProperty("service_introduction", "租充电宝");
        order.addProperty("notify_url", told("NOTIFY_URL"));
        order.addProperty("need_user_confirm", true);
        order.add("time_range", members("start_time", "OnAccept"));
        JsonObject fund = members("name", "DEPOSIT");
        fund.addProperty("amount", 3000);
        order.add("risk_fund", fund);
        JsonObject made = post("/v3/payscore/serviceorder", order);

        Shop.citizen("confirm", made.get("package").getAsString(), SERVICE); // in real life, the citizen's phone
        JsonObject due = ours();
        JsonObject rent = members("name", "租金");
        rent.addProperty("amount", 300);
        JsonArray payments = new JsonArray();
        payments.add(rent);
        due.add("post_payments", payments);
        due.addProperty("total_amount", 300);
        post("/v3/payscore/serviceorder/" + number + "/complete", due);

        JsonObject paid = ours();
        paid.addProperty("type", "Order_Paid");
        paid.add("detail", members("paid_time", DateTimeFormatter.ofPattern("yyyyMMddHHmmss")
                .format(OffsetDateTime.now(ZoneOffset.ofHours(8)))));
        JsonObject done = post("/v3/payscore/serviceorder/" + number + "/sync", paid);
        System.out.println("the order: " + done.get("state").getAsString());
        try {
            JsonObject cancel = ours();
            cancel.addProperty("reason", "用户改变主意");
            post("/v3/payscore/serviceorder/" + number + "/cancel", cancel);
        } catch (ServiceException no) { // a refusal: its code says what to do
            System.out.println("cancelling it now: " + no.getHttpStatusCode() + " " + no.getErrorCode());
        }
    }

    /** For the notify_url: throws ValidationException where it isn't ours (answer 401), else what was sealed (204). */
    static JsonObject opened(String stamp, String nonce, String serial, String suite, String signature, String body) {
        RequestParam came = new RequestParam.Builder().timestamp(stamp).nonce(nonce).serialNumber(serial)
                .signType(suite).signature(signature).body(body).build();
        return new NotificationParser(CONFIG).parse(came, JsonObject.class);
    }

    static JsonObject post(String path, JsonObject body) {
        HttpHeaders headers = new HttpHeaders();
        headers.addHeader("Accept", "application/json");
        headers.addHeader("Content-Type", "application/json");
        headers.addHeader("Wechatpay-Serial", told("PLATFORM_KEY_ID"));
        JsonRequestBody sent = new JsonRequestBody.Builder().body(body.toString()).build();
        return HTTP.post(headers, HOST + path, sent, JsonObject.class).getServiceResponse();
    }

    static JsonObject ours() {
        JsonObject made = members("appid", APPID);
        made.addProperty("service_id", SERVICE);
        return made;
    }

    static JsonObject members(String name, String value) {
        JsonObject made = new JsonObject();
        made.addProperty(name, value);
        return made;
    }

    static String told(String name) {
        return System.getenv(name);
    }
}
