using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shouldly;
using Stork.EngineIO;
using Xunit;

namespace Stork.Tests.EngineIO;

public sealed class HeaderStringPoolTests
{
    private readonly HeaderStringPool _strings = new();

    [Fact]
    public void Requests_that_say_the_same_share_their_strings()
    {
        var (one, other) = (Request("?EIO=4&transport=websocket"), Request("?EIO=4&transport=websocket"));
        one.Headers.UserAgent.ToString().ShouldNotBeSameAs(other.Headers.UserAgent.ToString());

        _strings.ApplyTo(one);
        _strings.ApplyTo(other);

        other.Headers.UserAgent.ToString().ShouldBe("Agent 1.0");
        other.Headers.UserAgent.ToString().ShouldBeSameAs(one.Headers.UserAgent.ToString());
        other.QueryString.Value.ShouldBe("?EIO=4&transport=websocket");
        other.QueryString.Value.ShouldBeSameAs(one.QueryString.Value);
        other.Path.Value.ShouldBe("/socket.io/");
        other.Path.Value.ShouldBeSameAs(one.Path.Value);
        RawTarget(other).ShouldBe("/socket.io/?EIO=4&transport=websocket");
        RawTarget(other).ShouldBeSameAs(RawTarget(one));
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

    private static HttpRequest Request(string query)
    {
        var request = new DefaultHttpContext().Request;
        request.Path = Copy("/socket.io/");
        request.QueryString = new QueryString(Copy(query));
        request.Headers.UserAgent = Copy("Agent 1.0");
        foreach (var name in new[] { "Cookie", "Authorization", "X-Api-Key" }) request.Headers[name] = Copy("s3cret");
        request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = Copy("/socket.io/" + query);
        return request;
    }

    private static string RawTarget(HttpRequest request) => request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    /// <summary>A string of its own, as a web server makes one for each request.</summary>
    private static string Copy(string text) => new(text.AsSpan());
}
