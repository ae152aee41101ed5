using System.Text;
using Stork.Bench.Ceiling;
using Stork.Bench.Load;

namespace Stork.Bench.Tests.Load;

/// <summary>What the load side says and expects in the dialects of the servers.</summary>
public sealed class NumberedMessageTests
{
    private const int Digits = 6;

    [Theory]
    [InlineData(null, "3001234[\"abc\"]")]
    [InlineData("signalr", "{\"type\":3,\"invocationId\":\"001234\",\"result\":\"abc\"}")]
    public void The_answer_to_an_echo_tells_its_number(string? dialect, string answer) =>
        Dialect.Find(dialect).EchoAnswer(Digits, "abc").Read(Encoding.ASCII.GetBytes(answer)).ShouldBe(1234);

    [Theory]
    [InlineData("3001234[\"abd\"]")]
    [InlineData("2001234[\"abc\"]")]
    [InlineData("30012345[\"abc\"]")]
    public void A_message_that_looks_otherwise_is_refused(string answer) => Should.Throw<BenchmarkException>(
        () => Dialect.SocketIO.EchoAnswer(Digits, "abc").Read(Encoding.ASCII.GetBytes(answer)));

    [Theory]
    [InlineData(null, "42[\"publish\",\"000042abc\"]")]
    [InlineData("signalr", "{\"type\":1,\"target\":\"Publish\",\"arguments\":[\"000042abc\"]}\u001E")]
    public void A_request_carries_the_number_that_was_written_last(string? dialect, string expected)
    {
        var request = Dialect.Find(dialect).Publish(Digits, "abc");
        request.Frame(999_999);

        var bytes = request.Frame(42).ToArray();

        ClientFrame.TryRead(bytes, out var frame).ShouldBeTrue();
        var key = frame.Mask.ToArray();
        Encoding.ASCII.GetString([.. frame.Payload.ToArray().Select((value, at) => (byte)(value ^ key[at & 3]))]).ShouldBe(expected);
    }
}
