using Microsoft.Extensions.Primitives;
using Stork.ClientFiles;

namespace Stork.Tests.ClientFiles;

public sealed class AcceptEncodingTests
{
    [Theory]
    // What browsers send.
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("deflate", "deflate")]
    [InlineData("BR", "br")]
    // Qualities decide, then our preference; zero forbids.
    [InlineData("br;q=0.1, gzip;q=0.9, deflate;q=0.5", "gzip")]
    [InlineData("deflate;q=0.5, gzip;q=0.5", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("br;q=0, gzip;q=0.0, deflate;q=0.000", "identity")]
    [InlineData("gzip;q=0.001", "gzip")]
    // The asterisk speaks for what is not named.
    [InlineData("*", "br")]
    [InlineData("br;q=0, *", "gzip")]
    [InlineData("*;q=0.5, deflate", "deflate")]
    [InlineData("*;q=0", "identity")]
    [InlineData("gzip, *;q=0", "gzip")]
    // Identity wins only where it is named and wanted more.
    [InlineData("identity", "identity")]
    [InlineData("identity;q=1, gzip;q=0.5", "identity")]
    [InlineData("identity;q=0.5, gzip", "gzip")]
    [InlineData("identity, gzip", "gzip")]
    [InlineData("identity;q=0", "identity")]
    // What nobody understands.
    [InlineData("zstd, compress", "identity")]
    [InlineData("", "identity")]
    [InlineData(",;,=", "identity")]
    [InlineData("gzip;q=2", "identity")]
    public void Chooses_by_quality_and_then_by_size(string header, string coding) =>
        AcceptEncoding.NameOf(AcceptEncoding.Choose(header)).ShouldBe(coding);

    [Fact]
    public void Chooses_identity_for_a_request_without_the_header() =>
        AcceptEncoding.Choose(StringValues.Empty).ShouldBe(ContentCoding.Identity);

    [Fact]
    public void Reads_a_header_that_comes_in_several_lines() =>
        AcceptEncoding.Choose(new StringValues(["gzip;q=0.5", "deflate;q=0.7, br;q=0"])).ShouldBe(ContentCoding.Deflate);
}
