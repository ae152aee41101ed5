using System.Net;
using Microsoft.AspNetCore.Http;
using Stork.ClientFiles;

namespace Stork.Tests.ClientFiles;

public sealed class ClientFileEndpointTests
{
    private readonly InventedBundle _invented = new();

    public static TheoryData<string> FileNames => [.. NpmClient.Files.Select(static row => row.Data.Item1)];

    [Theory]
    [MemberData(nameof(FileNames))]
    public async Task Sends_a_file_with_the_headers_of_the_original_server(string fileName)
    {
        await using var server = await ClientFileServer.StartAsync(_invented.Bundle);

        using var response = await server.GetAsync(fileName);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.ETag!.ToString().ShouldBe("\"9.8.7\"");
        response.Headers.GetValues("Cache-Control").ShouldBe(["public, max-age=0"]);
        response.Headers.Vary.ShouldBe(["Accept-Encoding"]);
        response.Content.Headers.ContentType!.ToString()
            .ShouldBe(fileName.EndsWith(".map", StringComparison.Ordinal)
                ? "application/json; charset=utf-8"
                : "application/javascript; charset=utf-8");
        response.Content.Headers.ContentEncoding.ShouldBeEmpty();
        response.Content.Headers.ContentLength.ShouldBe(InventedBundle.ContentOf(fileName).Length);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe(InventedBundle.ContentOf(fileName));
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Compressed_forms_are_smaller_and_decode_to_the_file(string coding)
    {
        await using var server = await ClientFileServer.StartAsync(_invented.Bundle);

        using var response = await server.GetAsync("socket.io.js", ("Accept-Encoding", coding));

        response.Content.Headers.ContentEncoding.ShouldBe([coding]);
        response.Content.Headers.ContentLength.ShouldNotBeNull().ShouldBeLessThan(InventedBundle.ContentOf("socket.io.js").Length);
        (await response.Content.ReadDecodedAsync()).ShouldBe(InventedBundle.ContentOf("socket.io.js"));
    }

    [Fact]
    public async Task Compresses_a_file_once_however_many_ask_for_it_at_the_same_time()
    {
        await using var server = await ClientFileServer.StartAsync(_invented.Bundle);

        var responses = await Task.WhenAll(Enumerable.Range(0, 20)
            .Select(_ => server.GetAsync("socket.io.min.js", ("Accept-Encoding", "br"))));

        foreach (var response in responses)
        {
            (await response.Content.ReadDecodedAsync()).ShouldBe(InventedBundle.ContentOf("socket.io.min.js"));
            response.Dispose();
        }
        _invented.TimesOpened("socket.io.min.js").ShouldBe(1);
    }

    [Fact]
    public async Task Compresses_again_after_a_failure()
    {
        var attempts = 0;
        var bundle = new ClientBundle(name => name switch
        {
            "version" => new MemoryStream("1"u8.ToArray()),
            _ when attempts++ == 0 => throw new IOException("the disk is gone"),
            _ => new MemoryStream(InventedBundle.ContentOf(name)),
        });
        var files = new CompressedFiles(bundle);

        await Should.ThrowAsync<IOException>(files.GetAsync("socket.io.js", ContentCoding.Gzip));
        (await files.GetAsync("socket.io.js", ContentCoding.Gzip)).ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("\"9.8.7\"")]
    [InlineData("W/\"9.8.7\"")]
    [InlineData("\"1.0.0\", W/\"9.8.7\"")]
    [InlineData("*")]
    public async Task Answers_304_to_a_client_that_has_this_version(string ifNoneMatch)
    {
        await using var server = await ClientFileServer.StartAsync(_invented.Bundle);

        using var response = await server.GetAsync("socket.io.js", ("If-None-Match", ifNoneMatch), ("Accept-Encoding", "br"));

        response.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        response.Headers.ETag!.ToString().ShouldBe("\"9.8.7\"");
        response.Headers.GetValues("Cache-Control").ShouldBe(["public, max-age=0"]);
        response.Headers.Vary.ShouldBe(["Accept-Encoding"]);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        _invented.TimesOpened("socket.io.js").ShouldBe(0);
    }

    [Theory]
    [InlineData("\"9.8.6\"")]
    [InlineData("9.8.7")]
    [InlineData("\"*\"")]
    [InlineData("rubbish,,;")]
    public async Task Sends_the_file_to_a_client_that_has_another_version(string ifNoneMatch)
    {
        await using var server = await ClientFileServer.StartAsync(_invented.Bundle);

        using var response = await server.GetAsync("socket.io.js", ("If-None-Match", ifNoneMatch));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe(InventedBundle.ContentOf("socket.io.js"));
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Head_gives_the_headers_of_get_and_no_body(string coding)
    {
        await using var server = await ClientFileServer.StartAsync(_invented.Bundle);

        using var get = await server.GetAsync("socket.io.js.map", ("Accept-Encoding", coding));
        using var head = await server.SendAsync(HttpMethod.Head, "socket.io.js.map", ("Accept-Encoding", coding));

        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        Headers(head).ShouldBe(Headers(get));
        head.Content.Headers.ContentLength.ShouldNotBeNull().ShouldBeGreaterThan(0);
        (await head.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Refuses_other_methods(string method)
    {
        await using var server = await ClientFileServer.StartAsync(_invented.Bundle);

        using var response = await server.SendAsync(new HttpMethod(method), "socket.io.js");

        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.ShouldBe(["GET", "HEAD"]);
        _invented.TimesOpened("socket.io.js").ShouldBe(0);
    }

    [Fact]
    public async Task Keeps_what_others_said_about_vary()
    {
        await using var server = await ClientFileServer.StartAsync(_invented.Bundle, static context =>
        {
            context.Response.Headers.Vary = "Origin";
            return Task.CompletedTask;
        });

        using var response = await server.GetAsync("socket.io.js");

        response.Headers.Vary.ShouldBe(["Origin", "Accept-Encoding"]);
    }

    [Theory]
    [MemberData(nameof(FileNames))]
    public async Task Explains_with_404_where_the_files_would_come_from(string fileName)
    {
        await using var server = await ClientFileServer.StartAsync(InventedBundle.Missing);

        using var response = await server.GetAsync(fileName, ("If-None-Match", "*"), ("Accept-Encoding", "br"));
        using var head = await server.SendAsync(HttpMethod.Head, fileName);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=utf-8");
        response.Headers.ETag.ShouldBeNull();
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var text = await response.Content.ReadAsStringAsync();
        text.ShouldContain("Build Stork with Node.js and npm");
        head.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        head.Content.Headers.ContentLength.ShouldBe(text.Length);
    }

    [Theory]
    [InlineData("socket.io.msgpack.min.js")]
    [InlineData("socket.io.msgpack.min.js.map")]
    public async Task Says_with_404_that_MessagePack_is_not_spoken(string fileName)
    {
        await using var server = await ClientFileServer.StartAsync(_invented.Bundle, parserScript: null);
        using var response = await server.GetAsync(fileName);
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=utf-8");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await response.Content.ReadAsStringAsync()).ShouldContain("does not speak MessagePack");
    }

    [Fact]
    public async Task Keeps_quiet_when_the_client_has_gone_away()
    {
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) };
        context.Request.Method = "GET";

        await new ClientFileEndpoint(_invented.Bundle, parserScript: null).ServeAsync(context, "socket.io.js");

        _invented.TimesOpened("socket.io.js").ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(FileNames))]
    public void Knows_its_names(string fileName) => ClientFileEndpoint.IsClientFile(fileName).ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("version")]
    [InlineData("socket.io")]
    [InlineData("Socket.IO.js")]
    [InlineData("socket.io.esm.js")]
    [InlineData("socket.io.js.map.map")]
    [InlineData("../socket.io.js")]
    [InlineData("socket.io.js?x")]
    public async Task Knows_no_other_name(string fileName)
    {
        ClientFileEndpoint.IsClientFile(fileName).ShouldBeFalse();
        await Should.ThrowAsync<ArgumentException>(
            new ClientFileEndpoint(_invented.Bundle, parserScript: null).ServeAsync(new DefaultHttpContext(), fileName));
    }

    private static IEnumerable<string> Headers(HttpResponseMessage response) => response.Headers.Concat(response.Content.Headers)
        .Where(static header => header.Key != "Date")
        .Select(static header => $"{header.Key}: {string.Join(", ", header.Value)}")
        .Order(StringComparer.Ordinal);
}
