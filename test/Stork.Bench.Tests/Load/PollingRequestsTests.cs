using System.Text;
using Stork.Bench.Load;

namespace Stork.Bench.Tests.Load;

public sealed class PollingRequestsTests
{
    [Fact]
    public void A_session_is_taken_from_the_answer_to_the_handshake()
    {
        var requests = PollingRequests.Open(3000, Answer("0{\"sid\":\"abc_1\",\"upgrades\":[\"websocket\"]}"));

        requests.Session.ShouldBe("abc_1");
        Encoding.ASCII.GetString(requests.Get).ShouldBe(
            "GET /socket.io/?EIO=4&transport=polling&sid=abc_1 HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n");
    }

    [Fact]
    public void A_post_tells_its_length_and_divides_its_packets()
    {
        var requests = PollingRequests.Open(3000, Answer("0{\"sid\":\"abc\"}"));

        var post = Encoding.ASCII.GetString(requests.Post(PollingRequests.Join("3", "42[\"a\"]")));

        post.ShouldContain("\r\nContent-Length: 9\r\n");
        post.ShouldEndWith("\r\n\r\n3\u001e42[\"a\"]");
    }

    [Fact]
    public void Packets_are_taken_off_one_by_one()
    {
        var packets = "2\u001e40\u001e43"u8;

        Encoding.ASCII.GetString(PollingRequests.TakeFirst(ref packets)).ShouldBe("2");
        Encoding.ASCII.GetString(PollingRequests.TakeFirst(ref packets)).ShouldBe("40");
        Encoding.ASCII.GetString(PollingRequests.TakeFirst(ref packets)).ShouldBe("43");
        packets.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("{\"sid\":\"abc\"}")]
    [InlineData("0{\"id\":\"abc\"}")]
    public void An_answer_without_a_session_ends_the_run(string body) =>
        Should.Throw<BenchmarkException>(() => PollingRequests.Open(3000, Answer(body)));

    [Fact]
    public void Anything_but_ok_is_no_answer_to_a_post() =>
        Should.Throw<BenchmarkException>(() => PollingRequests.CheckPosted(Answer("no")));

    private static HttpAnswer Answer(string body)
    {
        HttpAnswer.TryRead(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}"), out var answer);
        return answer;
    }
}
