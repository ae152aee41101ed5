namespace Stork.Bench.Load;

/// <summary>Who makes the requests of an <see cref="HttpChannel"/>.</summary>
internal interface IHttpClient
{
    /// <summary>The answer to the request under way; the next one may be made.</summary>
    void OnAnswer(HttpChannel channel, in HttpAnswer answer, long now);
}
