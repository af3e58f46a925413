using System.Text;
using PkiCore.LoadTest.Injection;

namespace PkiCore.Tests.LoadTest;

public sealed class HttpReplyHeadTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, 5, false)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nServer: x\r\ncontent-length:0\r\nCONNECTION:  Close \r\n\r\n", 503, 0, true)]
    [InlineData("HTTP/1.1 200 \r\nConnection: keep-alive\r\nContent-Length: 1471 \r\n\r\n", 200, 1471, false)]
    public void Head_is_read(string text, int status, int contentLength, bool closes)
    {
        Assert.True(HttpReplyHead.TryParse(Encoding.ASCII.GetBytes(text + "rest"), out HttpReplyHead head));
        Assert.Equal(new HttpReplyHead(text.Length, status, contentLength, closes), head);
    }

    [Fact]
    public void Head_is_awaited_until_its_blank_line()
    {
        const string Whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        for (int length = 0; length < Whole.Length; length++)
        {
            Assert.True(HttpReplyHead.TryParse(Encoding.ASCII.GetBytes(Whole[..length]), out HttpReplyHead head));
            Assert.Equal(0, head.Length);
        }
    }

    [Theory]
    [InlineData("no Content-Length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n")]
    [InlineData("a length below zero", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")]
    [InlineData("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("only a blank line", "\r\n\r\n")]
    public void Anything_else_is_refused(string what, string text)
    {
        Assert.NotEmpty(what);
        Assert.False(HttpReplyHead.TryParse(Encoding.ASCII.GetBytes(text), out _));
    }
}
