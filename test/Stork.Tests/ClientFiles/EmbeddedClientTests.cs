using System.Net;
using System.Security.Cryptography;
using Stork.ClientFiles;

namespace Stork.Tests.ClientFiles;

public sealed class EmbeddedClientTests
{
    public static TheoryData<string, string> Files => NpmClient.Files;

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Serves_each_file_as_npm_publishes_it_in_every_coding(string fileName, string sha256)
    {
        NpmClient.SkipUnlessEmbedded();
        await using var server = await ClientFileServer.StartAsync(ClientBundle.Embedded);

        foreach (var coding in new[] { "identity", "br", "gzip", "deflate" })
        {
            using var response = await server.GetAsync(fileName, ("Accept-Encoding", coding));

            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Headers.ETag!.ToString().ShouldBe($"\"{NpmClient.Version}\"");
            response.Content.Headers.ContentEncoding.ShouldBe(coding == "identity" ? [] : [coding]);
            var bytes = await response.Content.ReadDecodedAsync();
            Convert.ToHexStringLower(SHA256.HashData(bytes)).ShouldBe(sha256, $"{fileName} as {coding}");
        }
    }

    [Fact]
    public void Holds_all_files_or_none()
    {
        var embedded = typeof(ClientBundle).Assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith("Stork.ClientFiles/", StringComparison.Ordinal))
            .Select(static name => name["Stork.ClientFiles/".Length..])
            .Order(StringComparer.Ordinal);

        string[] expected = ClientBundle.Embedded.Version is null ? [] : [.. Files.Select(static row => row.Data.Item1), "version"];
        embedded.ShouldBe(expected.Order(StringComparer.Ordinal));
    }
}
