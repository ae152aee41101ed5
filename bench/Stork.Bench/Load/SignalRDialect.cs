namespace Stork.Bench.Load;

/// <summary>SignalR's JSON protocol, without negotiation. Messages from the server come without the separator behind them.</summary>
internal sealed class SignalRDialect : Dialect
{
    /// <summary>Ends each message.</summary>
    public const char Separator = '\u001E';

    public override byte[] UpgradeRequest(int port) => Load.UpgradeRequest.ForTarget(port, "/hub");

    public override Connection NewConnection(LoadLoop loop, RawSocket socket, int index) => new SignalRConnection(loop, socket, index);

    public override NumberedMessage Echo(int digits, string text) =>
        new("{\"type\":1,\"invocationId\":\"", digits, $"\",\"target\":\"Echo\",\"arguments\":[\"{text}\"]}}{Separator}");

    public override NumberedMessage EchoAnswer(int digits, string text) =>
        new("{\"type\":3,\"invocationId\":\"", digits, $"\",\"result\":\"{text}\"}}");

    public override NumberedMessage Publish(int digits, string rest) =>
        new("{\"type\":1,\"target\":\"Publish\",\"arguments\":[\"", digits, $"{rest}\"]}}{Separator}");

    public override NumberedMessage News(int digits, string rest) =>
        new("{\"type\":1,\"target\":\"news\",\"arguments\":[\"", digits, $"{rest}\"]}}");
}
