package provenance

import "sync"

// stockSource is the number under which stock phrases stand in the index.
const stockSource = -1

// stockWords are the words of phrases that people write without having them
// from anywhere. A passage that is made of them is no evidence of any source.
var stockWords = sync.OnceValue(func() []word { return splitWords(nil, []byte(stock)) })

const stock = `
I hope this email finds you well. I hope this message finds you well. I hope you are doing well.
Please let me know if you have any questions or concerns. Please do not hesitate to contact me if you have any questions.
Please don't hesitate to reach out if you have any further questions. Feel free to reach out to me if you have any questions.
Let me know if you need anything else from me. Let me know if there is anything else I can do to help. Let me know what you think.
I am looking forward to hearing from you soon. I look forward to hearing from you. Looking forward to working with you.
Thank you for your time and consideration. Thank you for your help with this. Thank you for getting back to me. Thank you very much in advance for your help.
Thanks for the update. Thanks for letting me know about this. I am writing to let you know that. I am writing to inform you that. I just wanted to let you know that. I wanted to follow up on.
Please find attached the. Please see the attached file for more details. Please see below for more details.
I would be happy to discuss this further. I would like to take this opportunity to. If you would like to discuss this further please let me know. As soon as possible. At your earliest convenience.
At the end of the day. In the middle of the. On the other hand it is. One of the most important things. As a result of the. For the rest of the. It is important to note that. I do not want to. I would appreciate it if you could. If there is anything I can do.
Best regards. Kind regards. Sent from my iPhone. Sent from my phone please excuse brevity and typos.
This email and any files transmitted with it are confidential and intended solely for the use of the individual or entity to whom they are addressed. If you have received this email in error please notify the sender immediately and delete it from your system.
This e-mail may contain confidential and/or privileged information. If you are not the intended recipient please notify the sender immediately and destroy this e-mail. Any unauthorised copying, disclosure or distribution of the material in this e-mail is strictly forbidden.
If you are not the intended recipient you are notified that disclosing, copying, distributing or taking any action in reliance on the contents of this information is strictly prohibited.
Please consider the environment before printing this email. To unsubscribe from this group and stop receiving emails from it send an email to.
Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance with the License. You may obtain a copy of the License at http://www.apache.org/licenses/LICENSE-2.0. Unless required by applicable law or agreed to in writing, software distributed under the License is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for the specific language governing permissions and limitations under the License.
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.
THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`
