using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Stork.EngineIO;

namespace Stork.Tests.EngineIO;

public sealed class HeaderStringPoolTests
{
    private readonly HeaderStringPool _strings = new();

    [Fact]
    public void Requests_that_say_the_same_share_their_strings()
    {
        const string Query = "?EIO=4&transport=websocket";
        var sharing = 0;
        for (var i = 0; i < 50; i++)
        {
            var (one, other) = (Request(Query, $"/io{i}/", $"Agent {i}"), Request(Query, $"/io{i}/", $"Agent {i}"));
            one.Headers.UserAgent.ToString().ShouldNotBeSameAs(other.Headers.UserAgent.ToString());

            _strings.ApplyTo(one);
            _strings.ApplyTo(other);

            other.Headers.UserAgent.ToString().ShouldBe($"Agent {i}");
            other.QueryString.Value.ShouldBe(Query);
            other.QueryString.Value.ShouldBeSameAs(one.QueryString.Value);
            other.Path.Value.ShouldBe($"/io{i}/");
            RawTarget(other).ShouldBe($"/io{i}/{Query}");
            if (ReferenceEquals(other.Headers.UserAgent.ToString(), one.Headers.UserAgent.ToString())
                && ReferenceEquals(other.Path.Value, one.Path.Value)
                && ReferenceEquals(RawTarget(other), RawTarget(one)))
            {
                sharing++;
            }
        }

        // Two strings of one request may have the same hash, and then drive each other out.
        sharing.ShouldBeGreaterThan(25);
    }

    [Fact]
    public void What_may_be_secret_stays_with_its_request()
    {
        var (one, other) = (Request("?EIO=4&transport=websocket&token=s3cret"), Request("?EIO=4&transport=websocket&token=s3cret"));

        _strings.ApplyTo(one);
        _strings.ApplyTo(other);

        foreach (var name in new[] { "Cookie", "Authorization", "X-Api-Key" })
        {
            other.Headers[name].ToString().ShouldBe("s3cret");
            other.Headers[name].ToString().ShouldNotBeSameAs(one.Headers[name].ToString());
        }

        other.QueryString.Value.ShouldBe("?EIO=4&transport=websocket&token=s3cret");
        other.QueryString.Value.ShouldNotBeSameAs(one.QueryString.Value);
        RawTarget(other).ShouldNotBeSameAs(RawTarget(one));
    }

    [Fact]
    public void Every_request_keeps_what_it_said_whatever_others_say()
    {
        for (var i = 0; i < 2_000; i++)
        {
            var request = Request("?EIO=4&transport=websocket");
            request.Headers.UserAgent = $"Agent {i}";
            request.Headers.AcceptLanguage = new(["de", "en"]);
            _strings.ApplyTo(request);
            request.Headers.UserAgent.ToString().ShouldBe($"Agent {i}");
            request.Headers.AcceptLanguage.ToArray().ShouldBe(["de", "en"]);
        }
    }

    private static HttpRequest Request(string query, string path = "/socket.io/", string agent = "Agent 1.0")
    {
        var request = new DefaultHttpContext().Request;
        request.Path = Copy(path);
        request.QueryString = new QueryString(Copy(query));
        request.Headers.UserAgent = Copy(agent);
        foreach (var name in new[] { "Cookie", "Authorization", "X-Api-Key" }) request.Headers[name] = Copy("s3cret");
        request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = Copy(path + query);
        return request;
    }

    private static string RawTarget(HttpRequest request) =>
        request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    /// <summary>A string of its own, as a web server makes one for each request.</summary>
    private static string Copy(string text) => new(text.AsSpan());
}
