namespace Stork.Bench.Load;

/// <summary>Socket.IO over Engine.IO, in the main namespace. Messages from the server come without the Engine.IO type.</summary>
internal sealed class SocketIODialect : Dialect
{
    public override byte[] UpgradeRequest(int port) => Load.UpgradeRequest.For(port);

    public override Connection NewConnection(LoadLoop loop, RawSocket socket, int index) => new(loop, socket, index);

    public override NumberedMessage Echo(int digits, string text) => new("42", digits, $"[\"echo\",\"{text}\"]");

    public override NumberedMessage EchoAnswer(int digits, string text) => new("3", digits, $"[\"{text}\"]");

    public override NumberedMessage Publish(int digits, string rest) => new("42[\"publish\",\"", digits, $"{rest}\"]");

    public override NumberedMessage News(int digits, string rest) => new("2[\"news\",\"", digits, $"{rest}\"]");
}
