using System.Text;
using Stork.Bench.Load;

namespace Stork.Bench.Tests.Load;

public sealed class HttpAnswerTests
{
    private const string WithLength = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
    private const string InChunks =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nB\r\n, my friend\r\n0\r\n\r\n";

    [Theory]
    [InlineData(WithLength, "hello")]
    [InlineData(InChunks, "hello, my friend")]
    public void A_body_is_found_and_what_comes_behind_it_is_left(string text, string body)
    {
        HttpAnswer.TryRead(Encoding.ASCII.GetBytes(text + "HTTP/1.1 200"), out var answer).ShouldBeTrue();

        answer.Status.ShouldBe(200);
        Encoding.ASCII.GetString(answer.Body).ShouldBe(body);
        answer.Length.ShouldBe(text.Length);
        answer.IsLast.ShouldBeFalse();
    }

    [Theory]
    [InlineData(WithLength)]
    [InlineData(InChunks)]
    public void An_answer_that_is_cut_anywhere_is_still_to_come(string text)
    {
        for (var length = 0; length < text.Length; length++)
            HttpAnswer.TryRead(Encoding.ASCII.GetBytes(text[..length]), out _).ShouldBeFalse($"{length} bytes");
    }

    [Fact]
    public void Names_of_fields_come_in_any_case_and_never_from_within_a_value()
    {
        var text = "HTTP/1.1 400 Bad Request\r\nX-Note: content-length: 9\r\nCONTENT-LENGTH:2\r\nconnection: close\r\n\r\nno"u8;

        HttpAnswer.TryRead(text, out var answer).ShouldBeTrue();

        answer.Status.ShouldBe(400);
        answer.Body.SequenceEqual("no"u8).ShouldBeTrue();
        answer.IsLast.ShouldBeTrue();
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("SSH-2.0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n")]
    public void What_cannot_be_understood_ends_the_run(string text) =>
        Should.Throw<BenchmarkException>(() => HttpAnswer.TryRead(Encoding.ASCII.GetBytes(text), out _));
}
