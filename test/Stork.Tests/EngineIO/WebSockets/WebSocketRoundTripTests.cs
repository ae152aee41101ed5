using FsCheck;
using FsCheck.Fluent;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

public sealed class WebSocketRoundTripTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true);

    private static readonly Gen<WebSocketOpcode> AnyControl = Gen.Elements(WebSocketOpcode.Ping, WebSocketOpcode.Pong);

    private static readonly Gen<byte[]> AnyBytes = Gen.OneOf(Bytes(0, 10), Bytes(100, 140), Bytes(1000, 5000), Bytes(65_500, 65_600));

    private static readonly Gen<Sent> AnyControlMessage =
        from opcode in AnyControl
        from payload in Bytes(0, 125)
        select new Sent(opcode, payload, [], []);

    private static readonly Gen<Sent> AnyBinary =
        from payload in AnyBytes
        from cuts in Gen.Choose(0, 20_000).ListOf()
        from between in AnyControlMessage.ListOf()
        select new Sent(WebSocketOpcode.Binary, payload, [.. cuts], [.. between]);

    private static readonly Gen<Sent> AnyText =
        from text in ArbMap.Default.GeneratorFor<UnicodeString>()
        from cuts in Gen.Choose(0, 200).ListOf()
        from between in AnyControlMessage.ListOf()
        select new Sent(WebSocketOpcode.Text, System.Text.Encoding.UTF8.GetBytes(text.Get ?? ""), [.. cuts], [.. between]);

    private static readonly Gen<Sent[]> AnyConversation = Gen.OneOf(AnyBinary, AnyText, AnyControlMessage).ArrayOf();

    [Fact]
    public void A_server_reads_what_a_client_wrote()
    {
        var property = Prop.ForAll(AnyConversation.ToArbitrary(), Gen.Choose(1, 5000).ToArbitrary(), (conversation, pieceSize) =>
        {
            var random = new Random(pieceSize);
            var bytes = ClientFrame.Concat(conversation.SelectMany(sent => sent.Frames((opcode, payload, fin) =>
            {
                var key = new byte[4];
                random.NextBytes(key);
                return ClientFrame.Of(opcode, payload, fin, key);
            })));

            Transcript.Of(Segments.Cut(bytes, pieceSize)).ShouldBe([.. conversation.SelectMany(sent => sent.Lines()), "left 0"]);
        });

        Check.One(Thorough, property);
    }

    [Fact]
    public void A_client_reads_what_the_server_wrote()
    {
        var property = Prop.ForAll(AnyConversation.ToArbitrary(), Gen.Choose(1, 5000).ToArbitrary(), (conversation, pieceSize) =>
        {
            var bytes = ClientFrame.Concat(conversation.SelectMany(sent => sent.Frames((opcode, payload, fin) =>
            {
                var frame = new byte[WebSocketFrame.GetHeaderLength(payload.Length) + payload.Length];
                var headerLength = WebSocketFrame.WriteHeader(frame, opcode, payload.Length, fin);
                payload.CopyTo(frame, headerLength);
                return frame;
            })));

            Transcript.Of(Segments.Cut(bytes, pieceSize), expectMasked: false)
                .ShouldBe([.. conversation.SelectMany(sent => sent.Lines()), "left 0"]);
        });

        Check.One(Thorough, property);
    }

    [Fact]
    public void A_client_reads_the_code_and_reason_with_which_the_server_closed()
    {
        var codes = Gen.OneOf(Gen.Choose(1000, 1003), Gen.Choose(1007, 1014), Gen.Choose(3000, 4999));
        var property = Prop.ForAll(codes.ToArbitrary(), ArbMap.Default.ArbFor<UnicodeString>(), (code, text) =>
        {
            var reason = (text.Get ?? "").EnumerateRunes().Take(30).Aggregate("", (all, rune) => all + rune);
            var frame = new byte[WebSocketCloseFrame.MaxLength];
            var length = WebSocketCloseFrame.Write(frame, (WebSocketCloseCode)code, reason);
            using var reader = new WebSocketMessageReader(1, expectMasked: false);
            var buffer = new System.Buffers.ReadOnlySequence<byte>(frame, 0, length);

            reader.TryRead(ref buffer, out var message).ShouldBeTrue();

            message.Opcode.ShouldBe(WebSocketOpcode.Close);
            ((int)message.CloseCode).ShouldBe(code);
            message.CloseReason.ShouldBe(reason);
        });

        Check.One(Thorough, property);
    }

    private static Gen<byte[]> Bytes(int min, int max) =>
        from length in Gen.Choose(min, max)
        from seed in Gen.Choose(0, int.MaxValue)
        select Random(length, seed);

    private static byte[] Random(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>One message: where it is cut into fragments, and the control frames sent between them, one behind each.</summary>
    private sealed record Sent(WebSocketOpcode Opcode, byte[] Payload, int[] Cuts, Sent[] Between)
    {
        public IEnumerable<byte[]> Frames(Func<WebSocketOpcode, byte[], bool, byte[]> write)
        {
            int[] ends = [.. Cuts.Select(cut => cut % (Payload.Length + 1)).Order(), Payload.Length];
            var start = 0;
            for (var i = 0; i < ends.Length; i++)
            {
                var last = i == ends.Length - 1;
                yield return write(i == 0 ? Opcode : WebSocketOpcode.Continuation, Payload[start..ends[i]], last);
                if (!last && i < Between.Length)
                    yield return write(Between[i].Opcode, Between[i].Payload, true);
                start = ends[i];
            }
        }

        public IEnumerable<string> Lines() =>
            [.. Between.Take(Cuts.Length).Select(control => control.Line()), Line()];

        private string Line() => Transcript.Describe(Opcode, Payload);
    }
}
