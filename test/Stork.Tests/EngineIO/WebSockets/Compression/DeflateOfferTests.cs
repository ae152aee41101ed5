using Microsoft.Extensions.Primitives;
using Stork.EngineIO.WebSockets.Compression;

namespace Stork.Tests.EngineIO.WebSockets.Compression;

public sealed class DeflateOfferTests
{
    private const string Both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    [Theory]
    [InlineData("permessage-deflate", Both)]
    [InlineData("permessage-deflate; client_max_window_bits", Both)]
    [InlineData("PerMessage-Deflate", Both)]
    [InlineData(" \tpermessage-deflate ;\tclient_max_window_bits ", Both)]
    [InlineData("permessage-deflate; client_max_window_bits=15", Both)]
    [InlineData("permessage-deflate; client_max_window_bits=12", Both + "; client_max_window_bits=12")]
    [InlineData("permessage-deflate; client_max_window_bits=\"9\"", Both + "; client_max_window_bits=9")]
    [InlineData("permessage-deflate; client_max_window_bits=8", Both + "; client_max_window_bits=8")]
    [InlineData("permessage-deflate; server_max_window_bits=15", Both + "; server_max_window_bits=15")]
    [InlineData("permessage-deflate; server_max_window_bits = 10", Both + "; server_max_window_bits=10")]
    [InlineData("permessage-deflate; server_no_context_takeover; client_no_context_takeover", Both)]
    [InlineData("permessage-bzip2, permessage-deflate", Both)]
    [InlineData(",, permessage-deflate,", Both)]
    public void Agrees_to_what_can_be_kept_to(string offer, string answer) => Answer(offer, new()).ShouldBe(answer);

    [Theory]
    [InlineData("")]
    [InlineData("permessage-bzip2")]
    [InlineData("x-webkit-deflate-frame")]
    [InlineData("permessage-deflate; unknown")]
    [InlineData("permessage-deflate; mem_level=8")]
    [InlineData("permessage-deflate; Server_No_Context_Takeover")]
    [InlineData("permessage-deflate; server_no_context_takeover; server_no_context_takeover")]
    [InlineData("permessage-deflate; client_no_context_takeover; client_no_context_takeover")]
    [InlineData("permessage-deflate; client_max_window_bits; client_max_window_bits=10")]
    [InlineData("permessage-deflate; server_max_window_bits=10; server_max_window_bits=10")]
    [InlineData("permessage-deflate; server_no_context_takeover=true")]
    [InlineData("permessage-deflate; client_no_context_takeover=1")]
    [InlineData("permessage-deflate; server_max_window_bits")]
    [InlineData("permessage-deflate; server_max_window_bits=7")]
    [InlineData("permessage-deflate; server_max_window_bits=8")]
    [InlineData("permessage-deflate; server_max_window_bits=16")]
    [InlineData("permessage-deflate; server_max_window_bits=010")]
    [InlineData("permessage-deflate; server_max_window_bits=+10")]
    [InlineData("permessage-deflate; server_max_window_bits=ten")]
    [InlineData("permessage-deflate; client_max_window_bits=7")]
    [InlineData("permessage-deflate; client_max_window_bits=16")]
    [InlineData("permessage-deflate; client_max_window_bits=100")]
    public void Declines_what_cannot_be_kept_to_or_is_not_valid(string offer) => Answer(offer, new()).ShouldBeNull();

    [Theory]
    [InlineData("permessage-deflate;")]
    [InlineData("permessage-deflate; client_max_window_bits=")]
    [InlineData("permessage-deflate; client_max_window_bits=\"10")]
    [InlineData("permessage-deflate; client_max_window_bits=\"\"")]
    [InlineData("permessage-deflate; =10")]
    [InlineData("permessage-deflate; a b")]
    [InlineData("permessage deflate")]
    [InlineData("permessage-deflate, \"")]
    [InlineData("permessage-deflate, ;")]
    [InlineData("permessage-deflate, gr\u00FCn")]
    public void Takes_a_header_that_is_not_a_list_of_extensions_for_no_offer(string offer) => Answer(offer, new()).ShouldBeNull();

    [Fact]
    public void Does_not_read_a_header_without_end() =>
        Answer("permessage-deflate, " + string.Join(", ", Enumerable.Repeat("a; b=c", 1_000)), new()).ShouldBeNull();

    [Fact]
    public void Takes_the_first_offer_that_can_be_kept_to()
    {
        var offers = new StringValues([
            "permessage-deflate; server_max_window_bits=8, permessage-deflate; unknown",
            "permessage-deflate; client_max_window_bits=11, permessage-deflate",
        ]);

        DeflateOffer.Accept(offers, new())!.ToHeader().ShouldBe(Both + "; client_max_window_bits=11");
    }

    [Fact]
    public void Has_messages_refer_to_earlier_ones_where_both_sides_let_them()
    {
        var options = new PerMessageDeflateOptions { ServerContextTakeover = true, ClientContextTakeover = true };

        Answer("permessage-deflate", options).ShouldBe("permessage-deflate");
        Answer("permessage-deflate; server_no_context_takeover", options).ShouldBe("permessage-deflate; server_no_context_takeover");
        Answer("permessage-deflate; client_no_context_takeover", options).ShouldBe("permessage-deflate; client_no_context_takeover");
        Answer("permessage-deflate", new() { ServerContextTakeover = true }).ShouldBe("permessage-deflate; client_no_context_takeover");
        Answer("permessage-deflate", new() { ClientContextTakeover = true }).ShouldBe("permessage-deflate; server_no_context_takeover");
    }

    [Fact]
    public void Uses_the_smaller_of_both_sides_windows()
    {
        var options = new PerMessageDeflateOptions { ServerMaxWindowBits = 11, ClientMaxWindowBits = 10 };

        Answer("permessage-deflate; client_max_window_bits", options)
            .ShouldBe(Both + "; server_max_window_bits=11; client_max_window_bits=10");
        Answer("permessage-deflate; client_max_window_bits=9; server_max_window_bits=13", options)
            .ShouldBe(Both + "; server_max_window_bits=11; client_max_window_bits=9");
        Answer("permessage-deflate; client_max_window_bits=14; server_max_window_bits=9", options)
            .ShouldBe(Both + "; server_max_window_bits=9; client_max_window_bits=10");
    }

    [Fact]
    public void Declines_a_client_that_cannot_be_told_a_window_when_it_has_to_be() =>
        Answer("permessage-deflate; client_no_context_takeover", new() { ClientMaxWindowBits = 14 }).ShouldBeNull();

    private static string? Answer(string offer, PerMessageDeflateOptions options) => DeflateOffer.Accept(offer, options)?.ToHeader();
}
