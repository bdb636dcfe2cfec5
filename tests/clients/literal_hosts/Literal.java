// Drives the two clients of Java's own library; reads `PATH IMG_URL` lines, prints one reply a line.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class Literal {
  static final String HOST = "https://api.weixin.qq.com";
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  interface Asks {
    String post(String address) throws Exception;
  }

  public static void main(String[] which) throws Exception {
    Asks client = which[0].equals("HttpClient") ? Literal::byHttpClient : Literal::byConnection;
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    String granted = client.post(HOST + "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=secret");
    Matcher token = Pattern.compile("\"access_token\":\"([^\"]+)\"").matcher(granted);
    if (!token.find()) throw new IllegalStateException(granted);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] asked = line.split(" ");
      String url = URLEncoder.encode(asked[1], "UTF-8");
      out.println(client.post(HOST + asked[0] + "?access_token=" + token.group(1) + "&img_url=" + url));
    }
  }

  static String byHttpClient(String address) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address)).POST(HttpRequest.BodyPublishers.noBody()).build();
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  static String byConnection(String address) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) new URL(address).openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.getOutputStream().close();
    return new String(connection.getInputStream().readAllBytes(), "UTF-8");
  }
}
